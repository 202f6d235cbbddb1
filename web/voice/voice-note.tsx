/** Owns a voice message in a bubble: play and pause, the waveform, in which one can seek, time, and speed. */
import { t } from "@lingui/core/macro";
import { type JSX, useMemo } from "react";
import { useObservable } from "parley-sdk/react";
import { durationText } from "../texts/time.ts";
import { IconButton } from "../ui/button.tsx";
import { player, type VoiceMessage } from "./playing.ts";
import { SpeedButton } from "./speed-button.tsx";
import { flat, levelsOf, Waveform } from "./waveform.tsx";

const barsMax = 48;

interface VoiceNoteProps {
  readonly message: VoiceMessage;
  /** Each 0 to 255; null: not said. */
  readonly waveform: readonly number[] | null;
}

export function VoiceNote({ message, waveform }: VoiceNoteProps): JSX.Element {
  const playing = useObservable(player.state);
  const isThis = playing.key === message.key;
  const status = isThis ? playing.status : "idle";
  const durationMs = (isThis ? playing.durationMs : null) ?? message.durationMs;
  const atMs = isThis ? playing.atMs : 0;
  const levels = useMemo(
    () =>
      waveform === null || waveform.length === 0
        ? flat
        : levelsOf(
            waveform.map((peak) => peak / 255),
            barsMax,
          ),
    [waveform],
  );
  const isOn = status === "playing" || status === "loading";
  const seek = (to: number) => {
    if (isThis && status !== "failed") player.seek(to);
    else void player.play(message, to);
  };
  return (
    <div className="voice-note" role="group" aria-label={t`Voice message, ${durationText(durationMs ?? 0)}`}>
      <IconButton
        icon={isOn ? "pause" : "play"}
        label={isOn ? t`Pause` : t`Play`}
        className="voice-play"
        onClick={() => {
          if (isOn) player.pause();
          else void player.play(message);
        }}
      />
      <div className="voice-track">
        <Waveform levels={levels} played={durationMs === null ? 0 : atMs / durationMs} />
        <input
          type="range"
          className="voice-seek"
          aria-label={t`Position`}
          aria-valuetext={t`${durationText(atMs)} of ${durationText(durationMs ?? 0)}`}
          min={0}
          max={durationMs ?? 0}
          step={1_000}
          value={Math.min(atMs, durationMs ?? 0)}
          disabled={durationMs === null}
          onChange={(event) => seek(event.currentTarget.valueAsNumber)}
        />
      </div>
      <div className="voice-foot">
        <span className="voice-time">
          {status === "failed" ? t`Cannot be played` : durationText(isThis ? atMs : (durationMs ?? 0))}
        </span>
        {isThis && <SpeedButton />}
      </div>
    </div>
  );
}
