/** Owns a sound in a bubble, or in a list of them: a voice message, or another sound, which has a name and no waveform. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Attachment } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { nameOf } from "../../../names/names.ts";
import { usePerson } from "../../../people/people.ts";
import { VoiceNote } from "../../../voice/voice-note.tsx";

interface VoiceProps {
  /** Where it was sent, and by whom. */
  readonly message: { readonly conversationId: string; readonly seq: number; readonly senderId: string };
  readonly attachment: Attachment;
  /** Outside of a message its sender is said above. */
  readonly isAlone?: boolean;
}

export function Voice({ message, attachment, isAlone = false }: VoiceProps): JSX.Element {
  const account = useAccount();
  const isOwn = message.senderId === account.userId;
  const name = nameOf(usePerson(isOwn ? undefined : message.senderId));
  const by = isOwn ? t`You` : name;
  const title = attachment.kind === "voice" ? t`Voice message: ${by}` : attachment.name;
  return (
    <>
      {attachment.kind === "audio" && <bdi className="sound-name">{attachment.name}</bdi>}
      {attachment.kind === "voice" && isAlone && <bdi className="sound-name">{by}</bdi>}
      <VoiceNote
        message={{
          key: `${account.userId} ${message.conversationId} ${message.seq} ${attachment.id}`,
          title,
          durationMs: attachment.durationMs,
          address: () => account.attachments.url(attachment),
          watch: (end) => {
            const present = account.conversation(message.conversationId).message(message.seq);
            return present.subscribe(() => {
              if (present.getSnapshot()?.unsentAt != null) end();
            });
          },
        }}
        waveform={attachment.waveform}
      />
    </>
  );
}
