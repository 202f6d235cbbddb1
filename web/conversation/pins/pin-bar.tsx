/** Owns the bar at the top of a chat that shows a pinned message. A click leads there, and the bar goes on to the next pin. */
import { numberText } from "../../texts/formats.ts";
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import { useObservable } from "parley-sdk/react";
import { LineText } from "../../names/line-text.tsx";
import { IconButton } from "../../ui/button.tsx";
import { Icon } from "../../ui/icons.tsx";
import { useActions } from "../actions.ts";
import { quotedText } from "../message/quote.tsx";
import { type ShownPin, usePins } from "./use-pins.ts";

export function PinBar(): JSX.Element | null {
  const pins = usePins();
  const [place, setPlace] = useState(0);
  const pin = pins[place % Math.max(1, pins.length)];
  if (pin === undefined) return null;
  return <ShownPinBar pin={pin} pins={pins} place={pins.indexOf(pin)} onNext={() => setPlace(place + 1)} />;
}

interface BarProps {
  readonly pin: ShownPin;
  readonly pins: readonly ShownPin[];
  readonly place: number;
  readonly onNext: () => void;
}

function ShownPinBar({ pin, pins, place, onNext }: BarProps): JSX.Element {
  const { conversation, jump, ask } = useActions();
  const message = useObservable(conversation.message(pin.seq)) ?? pin.message;
  const [number, count] = [numberText(place + 1), numberText(pins.length)];
  const title =
    pins.length === 1
      ? t`Pinned message`
      : t({
          message: `Pinned message ${number} of ${count}`,
          comment: "Above a chat: which of the pinned messages is shown",
        });
  return (
    <div className="pin-bar" data-testid="pin-bar">
      <button
        type="button"
        className="pin-bar-message"
        onClick={() => {
          jump(pin.seq);
          onNext();
        }}
      >
        <Icon name="pin" size={18} />
        <span className="pin-bar-texts">
          <span className="pin-bar-title">{title}</span>
          <span className="pin-bar-text" dir="auto">
            <LineText text={quotedText(message)} />
          </span>
        </span>
      </button>
      <IconButton icon="details" label={t`All pinned messages`} onClick={() => ask({ kind: "pins" })} />
    </div>
  );
}
