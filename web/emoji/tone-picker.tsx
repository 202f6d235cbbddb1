/** Owns the choice of the tone of the skin in which emoji of people are shown. */
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import { type Tone, tones } from "./emoji.ts";

const hands = ["✋", "✋🏻", "✋🏼", "✋🏽", "✋🏾", "✋🏿"] as const;

export function TonePicker({ tone, onChoose }: { tone: Tone; onChoose: (tone: Tone) => void }): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div className="tone-picker">
      {isOpen && (
        <div className="tone-picker-choices" role="group" aria-label={t`Skin tone`}>
          {tones.map((each) => (
            <button
              key={each}
              type="button"
              className="emoji"
              aria-label={toneName(each)}
              title={toneName(each)}
              aria-pressed={each === tone}
              onClick={() => {
                onChoose(each);
                setIsOpen(false);
              }}
            >
              {hands[each]}
            </button>
          ))}
        </div>
      )}
      <button
        type="button"
        className="emoji"
        aria-label={t`Skin tone`}
        title={t`Skin tone`}
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        {hands[tone]}
      </button>
    </div>
  );
}

function toneName(tone: Tone): string {
  switch (tone) {
    case 0:
      return t({ message: "No skin tone", comment: "Of emoji: the yellow one" });
    case 1:
      return t({ message: "Light", context: "skin tone" });
    case 2:
      return t({ message: "Medium-light", context: "skin tone" });
    case 3:
      return t({ message: "Medium", context: "skin tone" });
    case 4:
      return t({ message: "Medium-dark", context: "skin tone" });
    case 5:
      return t({ message: "Dark", context: "skin tone" });
  }
}
