/** Owns the pictures and videos of a conversation over the whole screen: those of the loaded history, or those of the list of shared media. */
import { t } from "@lingui/core/macro";
import { type JSX, useMemo } from "react";
import type { Account, Attachment, TimelineEntry } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { placeholderOf } from "../media/placeholder.ts";
import { nameOf } from "../names/names.ts";
import { usePeople } from "../people/people.ts";
import { Lightbox } from "../pictures/lightbox.tsx";
import type { Shown } from "../pictures/shown.ts";
import { fullTime } from "../texts/time.ts";
import { useAttempt } from "../ui/toast.tsx";
import { useActions } from "./actions.ts";
import { altOf } from "./message/attachments/attachments.tsx";
import { download, wholeAddress } from "./message/attachments/address.ts";
import { isPicture } from "./message/attachments/layout.ts";

/** A picture with the message that it came with. */
export interface SentPicture {
  readonly seq: number;
  readonly senderId: string;
  readonly sentAt: number;
  readonly text: string;
  readonly attachment: Attachment;
}

/** What is opened: `items` are those of a list; without them those of the history. */
export interface MediaAsk {
  readonly seq: number;
  readonly attachmentId: string;
  readonly items?: readonly SentPicture[] | undefined;
}

interface MediaViewProps {
  readonly ask: MediaAsk;
  readonly onClose: () => void;
  /** The first or last one is on screen. */
  readonly onEdge?: (edge: "before" | "after") => void;
}

export function MediaView({ ask, onClose, onEdge }: MediaViewProps): JSX.Element {
  const account = useAccount();
  const { conversation } = useActions();
  const people = usePeople();
  const attempt = useAttempt();
  const { entries } = useObservable(conversation.timeline);
  const items = useMemo(() => {
    const sent = ask.items ?? picturesIn(entries, ask);
    return sent.map((each): Shown => {
      const { seq, senderId, sentAt, text, attachment } = each;
      const name = senderId === account.userId ? t`You` : nameOf(people.user(senderId));
      const when = fullTime(sentAt);
      const what = altOf(attachment, text);
      return {
        key: keyOf(seq, attachment.id),
        kind: attachment.kind === "video" ? "video" : "image",
        name: attachment.name,
        label: attachment.kind === "video" ? t`Video from ${name}: ${what}` : t`Picture from ${name}: ${what}`,
        caption: t({ message: `${name}, ${when}`, comment: "Above a picture: who sent it, and when" }),
        width: attachment.width,
        height: attachment.height,
        placeholder: smallOf(account, attachment),
        address: () => wholeAddress(account, attachment),
        download: () => attempt(() => download(account, attachment)),
      };
    });
  }, [account, people, attempt, entries, ask]);
  return (
    <Lightbox items={items} first={keyOf(ask.seq, ask.attachmentId)} onClose={onClose} {...(onEdge && { onEdge })} />
  );
}

function keyOf(seq: number, attachmentId: string): string {
  return `${seq} ${attachmentId}`;
}

/** The preview where its address is known, for it was on the screen a moment ago. */
function smallOf(account: Account, attachment: Attachment): string | undefined {
  const variant = attachment.hasPreview ? "preview" : "original";
  const known =
    attachment.kind === "video" && variant === "original" ? undefined : account.attachments.known(attachment, variant);
  return known ?? placeholderOf(attachment.thumbhash);
}

/** Those around the one that was opened: behind a hole there may be others between. A message that is in no part of the history is alone. */
function picturesIn(entries: readonly TimelineEntry[], { seq }: MediaAsk): readonly SentPicture[] {
  let found: SentPicture[] = [];
  let isPast = false;
  for (const entry of entries) {
    if (entry.kind === "hole") {
      if (isPast) break;
      found = [];
    }
    if (entry.kind !== "message" || entry.message.unsentAt !== null) continue;
    const { message } = entry;
    if (message.seq >= seq) isPast = true;
    for (const attachment of message.attachments)
      if (isPicture(attachment))
        found.push({
          seq: message.seq,
          senderId: message.senderId,
          sentAt: message.sentAt,
          text: message.text,
          attachment,
        });
  }
  return found;
}
