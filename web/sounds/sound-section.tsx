/** Owns the settings of the sound in this browser. */
import { t } from "@lingui/core/macro";
import { type JSX, useId } from "react";
import { useObservable } from "parley-sdk/react";
import { percentText } from "../texts/formats.ts";
import { ring, soundable } from "./sound.ts";
import { changeSounds, soundSettings } from "./sound-settings.ts";

export function SoundSection(): JSX.Element {
  const { isOn, volume } = useObservable(soundSettings);
  const id = useId();
  return (
    <section className="data-part" aria-labelledby={`${id}-heading`}>
      <h3 id={`${id}-heading`}>{t`Sound`}</h3>
      <label className="switch-line">
        <input
          type="checkbox"
          role="switch"
          checked={isOn}
          onChange={(event) => changeSounds({ isOn: event.target.checked })}
        />
        <span>
          {t`Sound when a message comes`}
          <span className="field-hint">{t`In this browser, while Parley is open. Muted chats, and the chat that you look at, are silent.`}</span>
        </span>
      </label>
      {isOn && (
        <div className="field">
          <label htmlFor={id}>{t`Volume`}</label>
          <input
            id={id}
            type="range"
            min={0}
            max={1}
            step={0.1}
            value={volume}
            aria-valuetext={percentText(volume)}
            onChange={(event) => changeSounds({ volume: Number(event.target.value) })}
            // Heard once it is let go, and with each key.
            onPointerUp={() => void play()}
            onKeyUp={() => void play()}
          />
        </div>
      )}
    </section>
  );
}

async function play(): Promise<void> {
  if (await soundable()) ring(soundSettings.getSnapshot().volume);
}
