/** Owns the bar above the chat that shows what is being played while its bubble may be out of view, or in another chat. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import { durationText } from "../texts/time.ts";
import { IconButton } from "../ui/button.tsx";
import { player } from "./playing.ts";
import { SpeedButton } from "./speed-button.tsx";

export function PlayingBar(): JSX.Element | null {
  const { key, title, status, atMs, durationMs } = useObservable(player.state);
  if (key === null) return null;
  const isOn = status === "playing" || status === "loading";
  return (
    <section className="playing-bar" aria-label={t`Voice message that is being played`}>
      <IconButton
        icon={isOn ? "pause" : "play"}
        label={isOn ? t`Pause` : t`Play`}
        onClick={() => (isOn ? player.pause() : player.resume())}
      />
      <bdi className="playing-title">{title}</bdi>
      <span className="voice-time">
        {status === "failed" ? t`Cannot be played` : t`${durationText(atMs)} of ${durationText(durationMs ?? 0)}`}
      </span>
      <SpeedButton />
      <IconButton icon="close" label={t`Stop`} onClick={() => player.stop()} />
    </section>
  );
}
