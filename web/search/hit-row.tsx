/** Owns one hit in a list: the chat, when and by whom it was written, and the text around what was found. Opening it leads to the message. */
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type JSX, memo, useEffect, useMemo, useState } from "react";
import { codePoints, type Message } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useNow } from "../browser/observe.ts";
import { messageLine } from "../media/line.ts";
import { hashOf } from "../navigation/route.ts";
import { LineText } from "../names/line-text.tsx";
import { nameOf, titleOf } from "../names/names.ts";
import { usePerson } from "../people/people.ts";
import { fullTime, shortTime } from "../texts/time.ts";
import { excerptOf } from "./text/excerpt.ts";
import { markWordsOf } from "./text/marked-words.ts";
import { shownText } from "./text/shown-text.ts";
import { type Found, keyOf, type Ranges } from "./hit-pages.ts";
import { usePresent } from "./hits.ts";

interface HitRowProps {
  readonly found: Found;
  readonly isUnread: boolean;
  readonly isTabStop: boolean;
  readonly onOpen: (key: string) => void;
}

const none: Ranges = [];

export const HitRow = memo(function HitRow({ found, isUnread, isTabStop, onOpen }: HitRowProps): JSX.Element {
  const account = useAccount();
  const now = useNow(60_000, account.presence.now);
  const message = usePresent(found.message);
  const { conversationId, seq, senderId, sentAt, unsentAt } = message;
  const row = account.inbox.row(conversationId);
  const title = row === undefined ? "…" : titleOf(row, account.userId);
  // The name has a direction of its own, the sign behind it that of the page.
  const name = <bdi>{nameOf(usePerson(senderId))}</bdi>;
  // The highlights are places in the text that was found.
  const highlights = message.editedAt === found.message.editedAt ? (found.highlights ?? none) : none;
  const text = useReached(message, highlights);
  return (
    <a
      className="hit"
      href={hashOf({ at: "conversation", conversationId, seq })}
      data-testid="hit"
      data-hit={keyOf(found)}
      tabIndex={isTabStop ? 0 : -1}
      onClick={() => {
        markWordsOf(found);
        onOpen(keyOf(found));
      }}
    >
      <span className="hit-line">
        <bdi className="hit-title">{title}</bdi>
        {isUnread && <span className="badge" role="img" aria-label={t({ message: "Unread", context: "message" })} />}
        <time className="hit-time" dateTime={new Date(sentAt).toISOString()} title={fullTime(sentAt)}>
          {shortTime(sentAt, now)}
        </time>
      </span>
      <span className="hit-text">
        <span className="hit-sender">
          {senderId === account.userId ? (
            <span>{t`You:`}</span>
          ) : (
            <Trans comment="Stands before the text of a message">{name}:</Trans>
          )}
        </span>{" "}
        {unsentAt !== null ? (
          <i>{t`Message unsent`}</i>
        ) : text === "" || highlights.length === 0 ? (
          <bdi>
            <LineText text={messageLine(message)} />
          </bdi>
        ) : (
          <ExcerptText text={text} highlights={highlights} />
        )}
      </span>
    </a>
  );
});

function ExcerptText({ text, highlights }: { text: string; highlights: Ranges }): JSX.Element {
  const { pieces, isCutBefore, isCutAfter } = useMemo(() => {
    const shown = shownText(text, highlights);
    return excerptOf(shown.text, shown.highlights);
  }, [text, highlights]);
  return (
    <bdi dir="auto">
      {isCutBefore && <span>…</span>}
      {pieces.map((piece, index) =>
        // The pieces of a text never change their order.
        piece.isHit ? (
          // A handle has no say in the direction of the text.
          <mark key={index} dir={piece.text.startsWith("@") ? "ltr" : undefined}>
            {piece.text}
          </mark>
        ) : (
          <LineText key={index} text={piece.text} />
        ),
      )}
      {isCutAfter && <span>…</span>}
    </bdi>
  );
}

/** The text, at least up to the first highlight. Lists carry only the beginning of a long message; it is shown until the whole text is loaded. */
function useReached(message: Message, highlights: Ranges): string {
  const account = useAccount();
  const [whole, setWhole] = useState<{ readonly editedAt: number | null; readonly text: string } | null>(null);
  const first = highlights[0]?.[1] ?? 0;
  const { conversationId, seq, editedAt } = message;
  const isBeyond = message.truncated === true && first > codePoints(message.text);
  useEffect(() => {
    if (!isBeyond) return undefined;
    const asked = new AbortController();
    account
      .conversation(conversationId)
      .loadFullMessage(seq, { signal: asked.signal })
      .then(
        (loaded) => setWhole({ editedAt: loaded.editedAt, text: loaded.text }),
        () => undefined,
      );
    return () => asked.abort();
  }, [account, conversationId, seq, editedAt, isBeyond]);
  return whole !== null && isBeyond && whole.editedAt === editedAt ? whole.text : message.text;
}
