/** Owns what a conversation has shared, the newest first: pictures and videos as tiles, files, links, and voice messages, which are played here. */
import { t } from "@lingui/core/macro";
import { type JSX, type ReactNode, useId, useState } from "react";
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
import { useIsUnsent, useNewlyShared } from "./as-now.ts";
import { useSharedMedia } from "./media-pages.ts";
import { SharedLinks } from "./shared-links.tsx";

/** `kinds`: those of attachments. Links stand in texts. */
const shelves = {
  media: ["image", "video"],
  files: ["file", "audio"],
  links: [],
  voice: ["voice"],
} as const satisfies Record<string, readonly AttachmentKind[]>;
type Shelf = keyof typeof shelves;

const shelfNames = (): readonly (readonly [Shelf, string])[] => [
  ["media", t`Media`],
  ["files", t`Files`],
  ["links", t({ message: "Links", comment: "What a chat has shared: the links in its messages" })],
  ["voice", t({ message: "Voice", comment: "What a chat has shared: its voice messages" })],
];

export function SharedMediaSection({ onLeave }: { onLeave: () => void }): JSX.Element {
  const { jump } = useActions();
  const [shows, setShows] = useState<Shelf>("media");
  const titleId = useId();
  const goTo = (seq: number) => {
    onLeave();
    jump(seq);
  };
  return (
    <section className="shared-media" aria-labelledby={titleId}>
      <h3 id={titleId}>{t`Shared here`}</h3>
      <div className="segments" role="group" aria-labelledby={titleId}>
        {shelfNames().map(([shelf, name]) => (
          <button
            key={shelf}
            type="button"
            className="segment"
            aria-pressed={shows === shelf}
            onClick={() => setShows(shelf)}
          >
            {name}
          </button>
        ))}
      </div>
      {shows === "links" ? <SharedLinks goTo={goTo} /> : <MediaPages key={shows} shelf={shows} goTo={goTo} />}
    </section>
  );
}

function emptyText(shelf: Exclude<Shelf, "links">): string {
  switch (shelf) {
    case "media":
      return t`No pictures or videos yet.`;
    case "files":
      return t`No files yet.`;
    case "voice":
      return t`No voice messages yet.`;
  }
}

interface MediaPagesProps {
  readonly shelf: Exclude<Shelf, "links">;
  readonly goTo: (seq: number) => void;
}

function MediaPages({ shelf, goTo }: MediaPagesProps): JSX.Element {
  const { conversation } = useActions();
  const account = useAccount();
  const { items, isBusy, hasMore, error, more, refresh } = useSharedMedia(conversation, shelves[shelf]);
  const kinds: readonly AttachmentKind[] = shelves[shelf];
  useNewlyShared(({ attachments }) => attachments.some(({ kind }) => kinds.includes(kind)), refresh);
  const [opened, setOpened] = useState<SharedMedia | null>(null);
  const isTiles = shelf === "media";
  return (
    <>
      {isTiles ? (
        <ul className="media-tiles">
          {items.map((item) => (
            <Shared key={item.attachment.id} seq={item.seq}>
              <Picture
                attachment={item.attachment}
                size={wholeTile}
                alt={altOf(item.attachment, "")}
                onOpen={() => setOpened(item)}
              />
            </Shared>
          ))}
        </ul>
      ) : (
        <ul className="media-files">
          {items.map(({ seq, senderId, sentAt, attachment }) => (
            <Shared key={attachment.id} seq={seq}>
              {isSound(attachment) ? (
                <Voice message={{ conversationId: conversation.id, seq, senderId }} attachment={attachment} isAlone />
              ) : (
                <FileCard attachment={attachment} />
              )}
              <button type="button" className="media-when" onClick={() => goTo(seq)}>
                {t`Show in the chat, ${shortTime(sentAt, account.presence.now())}`}
              </button>
            </Shared>
          ))}
        </ul>
      )}
      {items.length === 0 && !isBusy && !hasMore && error === null && <p className="quiet">{emptyText(shelf)}</p>}
      {error !== null && <p className="field-error">{error}</p>}
      {hasMore && (
        <button type="button" className="button" disabled={isBusy} onClick={more}>
          {isBusy ? t`Loading…` : t`Show more`}
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

function Shared({ seq, children }: { seq: number; children: ReactNode }): JSX.Element | null {
  return useIsUnsent(seq) ? null : <li>{children}</li>;
}

function sentOf({ seq, senderId, sentAt, attachment }: SharedMedia): SentPicture {
  return { seq, senderId, sentAt, text: "", attachment };
}
