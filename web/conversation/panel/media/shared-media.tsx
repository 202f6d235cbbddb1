/** Owns what a conversation has shared: pictures and videos as tiles, files as a list, and sounds where they can be played, the newest first. */
import { t } from "@lingui/core/macro";
import { type JSX, useId, useState } from "react";
import type { AttachmentKind, SharedMedia } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { shortTime } from "../../../texts/time.ts";
import { MediaView, type SentPicture } from "../../media-view.tsx";
import { altOf } from "../../message/attachments/attachments.tsx";
import { FileCard } from "../../message/attachments/file-card.tsx";
import { isSound } from "../../message/attachments/layout.ts";
import { Picture, wholeTile } from "../../message/attachments/picture.tsx";
import { Voice } from "../../message/attachments/voice.tsx";
import { useActions } from "../../actions.ts";
import { useSharedMedia } from "./media-pages.ts";

const pictures: readonly AttachmentKind[] = ["image", "video"];
const files: readonly AttachmentKind[] = ["file", "audio", "voice"];

export function SharedMediaSection({ onLeave }: { onLeave: () => void }): JSX.Element {
  const [shows, setShows] = useState<"pictures" | "files">("pictures");
  const titleId = useId();
  return (
    <section className="shared-media" aria-labelledby={titleId}>
      <h3 id={titleId}>{t`Shared here`}</h3>
      <div className="segments" role="group" aria-labelledby={titleId}>
        <button
          type="button"
          className="segment"
          aria-pressed={shows === "pictures"}
          onClick={() => setShows("pictures")}
        >
          {t`Media`}
        </button>
        <button type="button" className="segment" aria-pressed={shows === "files"} onClick={() => setShows("files")}>
          {t`Files`}
        </button>
      </div>
      <MediaPages key={shows} kinds={shows === "pictures" ? pictures : files} onLeave={onLeave} />
    </section>
  );
}

function MediaPages({ kinds, onLeave }: { kinds: readonly AttachmentKind[]; onLeave: () => void }): JSX.Element {
  const { conversation, jump } = useActions();
  const account = useAccount();
  const { items, isBusy, hasMore, error, more } = useSharedMedia(conversation, kinds);
  const [opened, setOpened] = useState<SharedMedia | null>(null);
  const isTiles = kinds === pictures;
  const goTo = (seq: number) => {
    onLeave();
    jump(seq);
  };
  return (
    <>
      {isTiles ? (
        <ul className="media-tiles">
          {items.map((item) => (
            <li key={item.attachment.id}>
              <Picture
                attachment={item.attachment}
                size={wholeTile}
                alt={altOf(item.attachment, "")}
                onOpen={() => setOpened(item)}
              />
            </li>
          ))}
        </ul>
      ) : (
        <ul className="media-files">
          {items.map(({ seq, senderId, sentAt, attachment }) => (
            <li key={attachment.id}>
              {isSound(attachment) ? (
                <Voice message={{ conversationId: conversation.id, seq, senderId }} attachment={attachment} isAlone />
              ) : (
                <FileCard attachment={attachment} />
              )}
              <button type="button" className="media-when" onClick={() => goTo(seq)}>
                {t`Show in the chat, ${shortTime(sentAt, account.presence.now())}`}
              </button>
            </li>
          ))}
        </ul>
      )}
      {items.length === 0 && !isBusy && !hasMore && error === null && (
        <p className="quiet">{isTiles ? t`No pictures or videos yet.` : t`No files or voice messages yet.`}</p>
      )}
      {error !== null && <p className="field-error">{error}</p>}
      {hasMore && (
        <button type="button" className="button" disabled={isBusy} onClick={more}>
          {isBusy ? t`Loading …` : t`Show more`}
        </button>
      )}
      {opened !== null && (
        <MediaView
          ask={{ seq: opened.seq, attachmentId: opened.attachment.id, items: items.map(sentOf).toReversed() }}
          onClose={() => setOpened(null)}
          onEdge={(edge) => {
            if (edge === "before" && hasMore && !isBusy) more();
          }}
        />
      )}
    </>
  );
}

function sentOf({ seq, senderId, sentAt, attachment }: SharedMedia): SentPicture {
  return { seq, senderId, sentAt, text: "", attachment };
}
