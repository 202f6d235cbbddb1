/**
 * Owns the recording of a voice message in the composer. A tap on the button begins and the row with its own buttons ends it; who holds the button records as long as
 * they hold it, and lets it go away from it to discard.
 */
import { t } from "@lingui/core/macro";
import { type JSX, type PointerEvent, useCallback, useEffect, useRef, useState } from "react";
import { useObservable } from "parley-sdk/react";
import { holdWork } from "../browser/work.ts";
import { durationText } from "../texts/time.ts";
import { IconButton } from "../ui/button.tsx";
import { useSay } from "../ui/toast.tsx";
import { type Recorded, Recording, RecordingError, type RecordingFault } from "./recorder.ts";
import { Waveform } from "./waveform.tsx";

/** Who holds the button longer than this sends by letting it go. */
const holdMs = 500;
/** Who lets it go further away than this discards. */
const awayPx = 80;

/** The recording under way, if there is one. A chat that is left in the middle records nobody unheard. */
export function useRecording(): [Recording | null, (recording: Recording | null) => void] {
  const [recording, setRecording] = useState<Recording | null>(null);
  const present = useRef<Recording>(null);
  const set = useCallback((next: Recording | null) => {
    present.current = next;
    setRecording(next);
  }, []);
  useEffect(() => () => present.current?.cancel(), []);
  const isUnderWay = recording !== null;
  useEffect(() => (isUnderWay ? holdWork() : undefined), [isUnderWay]);
  return [recording, set];
}

interface VoiceButtonProps {
  readonly onRecorded: (recorded: Recorded) => void;
  /** Whether a recording is under way: then the row takes the place of the text field. */
  readonly recording: Recording | null;
  readonly onRecording: (recording: Recording | null) => void;
}

export function VoiceButton({ onRecorded, recording, onRecording }: VoiceButtonProps): JSX.Element {
  const say = useSay();
  const [isAsking, setIsAsking] = useState(false);
  const pressed = useRef<{ readonly at: number; readonly x: number; readonly y: number } | null>(null);
  const [isPressed, setIsPressed] = useState(false);
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);

  const release = () => {
    pressed.current = null;
    setIsPressed(false);
  };
  const begin = async () => {
    if (isAsking || recording !== null) return;
    setIsAsking(true);
    try {
      const begun = await Recording.begin();
      if (isGone.current) begun.cancel();
      else onRecording(begun);
    } catch (error) {
      release();
      say(faultText(error instanceof RecordingError ? error.fault : "unsupported"));
    } finally {
      setIsAsking(false);
    }
  };

  const letGo = (event: PointerEvent<HTMLButtonElement>) => {
    const from = pressed.current;
    release();
    if (from === null || recording === null || performance.now() - from.at < holdMs) return;
    const isAway = Math.hypot(event.clientX - from.x, event.clientY - from.y) > awayPx;
    onRecording(null);
    if (isAway) {
      recording.cancel();
      return;
    }
    void recording.stop().then((recorded) => {
      if (recorded !== undefined) onRecorded(recorded);
    });
  };

  return (
    <IconButton
      icon="microphone"
      label={t`Record a voice message`}
      className={isPressed ? "composer-voice composer-voice-pressed" : "composer-voice"}
      aria-busy={isAsking}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        pressed.current = { at: performance.now(), x: event.clientX, y: event.clientY };
        setIsPressed(true);
        // The release counts wherever it happens.
        event.currentTarget.setPointerCapture(event.pointerId);
        void begin();
      }}
      onPointerUp={letGo}
      onPointerCancel={release}
      onClick={(event) => {
        // By keyboard there is a click and no pointer.
        if (event.detail === 0) void begin();
      }}
      onContextMenu={(event) => event.preventDefault()}
    />
  );
}

interface VoiceRowProps {
  readonly recording: Recording;
  readonly onDone: (recorded: Recorded | undefined) => void;
}

/** The row of a recording under way. */
export function VoiceRow({ recording, onDone }: VoiceRowProps): JSX.Element {
  const { elapsedMs, levels, hasEnded } = useObservable(recording.state);
  const [isStopping, setIsStopping] = useState(false);
  const stop = () => {
    setIsStopping(true);
    void recording.stop().then(onDone);
  };
  const discard = () => {
    if (isStopping) return;
    recording.cancel();
    onDone(undefined);
  };
  return (
    <div
      className="voice-row"
      role="group"
      aria-label={t`Voice message`}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        discard();
      }}
    >
      <IconButton icon="trash" label={t`Discard the recording`} onClick={discard} />
      <span className={hasEnded ? "voice-dot" : "voice-dot voice-dot-on"} aria-hidden="true" />
      <span className="voice-time" role="timer">
        {durationText(Math.floor(elapsedMs / 1_000) * 1_000)}
      </span>
      <Waveform levels={levels} played={1} className="waveform voice-live" />
      <IconButton
        icon="send"
        label={t`Send the voice message`}
        className="composer-send"
        autoFocus
        disabled={isStopping}
        onClick={stop}
      />
    </div>
  );
}

function faultText(fault: RecordingFault): string {
  switch (fault) {
    case "denied":
      return t`The microphone is not allowed. You can allow it in the settings of the browser for this page.`;
    case "no-microphone":
      return t`No microphone was found.`;
    case "unsupported":
      return t`This browser cannot record.`;
  }
}
