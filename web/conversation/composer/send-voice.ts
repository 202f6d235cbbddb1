/** Owns sending what was recorded: at once, as an answer where one was begun, and without the text that is being written. */
import { t } from "@lingui/core/macro";
import { useAccount } from "../../accounts/account-context.ts";
import { errorText } from "../../texts/error-text.ts";
import { useSay } from "../../ui/toast.tsx";
import type { Recorded } from "../../voice/recorder.ts";
import { voiceFileOf } from "../../voice/voice-file.ts";
import { useActions } from "../actions.ts";
import { sendMessage } from "../sending.ts";

/** `onSent` is called once the message is in the timeline. */
export function useSendVoice(replyTo: number | null, onSent: () => void): (recorded: Recorded) => void {
  const account = useAccount();
  const { conversation } = useActions();
  const say = useSay();
  return (recorded) => {
    voiceFileOf(recorded).then(
      (voice) => {
        const onUnsendable = (error: unknown) => say(errorText(error));
        sendMessage(account, conversation, { text: "", attachments: [voice], replyTo, members: [], onUnsendable });
        onSent();
      },
      () => say(t`The recording could not be read.`),
    );
  };
}
