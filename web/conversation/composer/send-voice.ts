/** Owns the voice message of the composer: it goes at once, as an answer where one was begun, and without the text that is being written. */
import { t } from "@lingui/core/macro";
import { useAccount } from "../../accounts/account-context.ts";
import { parley } from "../../accounts/parley.ts";
import { errorText } from "../../texts/error-text.ts";
import { useSay } from "../../ui/toast.tsx";
import type { Recorded, Recording } from "../../voice/recorder.ts";
import { voiceFileOf } from "../../voice/voice-file.ts";
import { useRecording } from "../../voice/voice-recorder.tsx";
import { useActions } from "../actions.ts";
import { sendMessage } from "../sending.ts";

interface Voice {
  /** The recording under way. */
  readonly recording: Recording | null;
  readonly onRecording: (recording: Recording | null) => void;
  /** Ends it, and sends what was recorded. */
  readonly onRecorded: (recorded: Recorded | undefined) => void;
}

/** `onSent` is called once the message is in the timeline. */
export function useVoice(replyTo: number | null, onSent: () => void): Voice {
  const account = useAccount();
  const { conversation } = useActions();
  const say = useSay();
  const [recording, onRecording] = useRecording();
  const send = async (recorded: Recorded): Promise<void> => {
    const attachments = [await voiceFileOf(recorded)];
    const nobody = { mentions: [], mentionHandles: [] };
    const onUnsendable = (error: unknown) => say(errorText(error));
    sendMessage(account, conversation, { ...nobody, tabs: parley.tabs, text: "", attachments, replyTo, onUnsendable });
    onSent();
  };
  const onRecorded = (recorded: Recorded | undefined) => {
    onRecording(null);
    if (recorded !== undefined) send(recorded).catch(() => say(t`The recording could not be read.`));
  };
  return { recording, onRecording, onRecorded };
}
