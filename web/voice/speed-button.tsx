/** Owns the button that changes how fast voice messages are played. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import { numberText } from "../texts/formats.ts";
import { player } from "./playing.ts";

export function SpeedButton(): JSX.Element {
  const { speed } = useObservable(player.state);
  const times = numberText(speed);
  return (
    <button
      type="button"
      className="voice-speed"
      aria-label={t`Speed: ${times} times`}
      onClick={() => player.nextSpeed()}
    >
      {t({ message: `${times}×`, comment: "How fast a voice message is played" })}
    </button>
  );
}
