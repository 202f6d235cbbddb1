/** Owns the list of the links that a conversation has shared, newest first, each with its card where there is one. */
import { t } from "@lingui/core/macro";
import { type JSX, useMemo } from "react";
import type { Message } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { LinkCard } from "../../../link-previews/link-card.tsx";
import { HitPages } from "../../../search/hit-pages.ts";
import { useHits, usePresent } from "../../../search/hits.ts";
import { HitsEnd } from "../../../search/hits-end.tsx";
import { shortTime } from "../../../texts/time.ts";
import { Icon } from "../../../ui/icons.tsx";
import { useActions } from "../../actions.ts";
import { useNewlyShared } from "./as-now.ts";
import { type LinkInText, linkPage, linksIn } from "./link-pages.ts";

export function SharedLinks({ goTo }: { goTo: (seq: number) => void }): JSX.Element {
  const { conversation } = useActions();
  const pages = useMemo(() => new HitPages((ask) => linkPage(conversation, ask)), [conversation]);
  const state = useHits(pages);
  useNewlyShared(
    ({ text }) => linksIn(text).length > 0,
    () => void pages.refresh().catch(() => undefined),
  );
  // Two searches are walked through, and one of them may be further back than the other.
  const messages = useMemo(
    () => state.hits.map(({ message }) => message).sort((one, other) => other.seq - one.seq),
    [state.hits],
  );
  return (
    <>
      {messages.length > 0 && (
        <ul className="media-files" aria-busy={state.status === "searching"}>
          {messages.map((message) => (
            <LinksOf key={message.seq} message={message} goTo={goTo} />
          ))}
        </ul>
      )}
      <HitsEnd pages={pages} state={state} emptyText={t`No links yet.`} moreText={t`Show more`} />
    </>
  );
}

/** An unsent message has no text, and an edited one may have no link any more. */
function LinksOf({ message: found, goTo }: { message: Message; goTo: (seq: number) => void }): JSX.Element {
  const account = useAccount();
  const present = usePresent(found);
  const message = present.truncated === true && present.editedAt === found.editedAt ? found : present;
  const links = useMemo(() => (message.unsentAt === null ? linksIn(message.text) : []), [message]);
  return (
    <>
      {links.map((link) => (
        <li key={link.href} className="shared-link">
          <LinkCard href={link.href} tabIndex={0} instead={<PlainLink link={link} />} />
          <button type="button" className="media-when" onClick={() => goTo(message.seq)}>
            {t`Show in the chat, ${shortTime(message.sentAt, account.presence.now())}`}
          </button>
        </li>
      ))}
    </>
  );
}

function PlainLink({ link: { href, shown } }: { link: LinkInText }): JSX.Element {
  return (
    <a className="link-plain" href={href} target="_blank" rel="noopener noreferrer nofollow">
      <span className="file-card-icon">
        <Icon name="link" />
      </span>
      {/* An address runs from left to right. */}
      <bdi className="link-plain-text" dir="ltr">
        {shown}
      </bdi>
    </a>
  );
}
