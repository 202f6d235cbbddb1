/** Owns the invites of a group: making one, whose link is shown only then, and the list of open invites, each of which can be ended. */
import { Trans } from "@lingui/react/macro";
import { plural, t } from "@lingui/core/macro";
import { type JSX, useCallback, useEffect, useState } from "react";
import type { ListedInvite } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { useLinks } from "../../accounts/linked.ts";
import { errorText } from "../../texts/error-text.ts";
import { useNow } from "../../browser/observe.ts";
import { inviteLink } from "../../navigation/route.ts";
import { nameOf } from "../../names/names.ts";
import { usePerson } from "../../people/people.ts";
import { IconButton } from "../../ui/button.tsx";
import { copyText } from "../../browser/copy.ts";
import { Field } from "../../ui/field.tsx";
import { fullTime } from "../../texts/time.ts";
import { useAttempt } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";

interface Listed {
  readonly invites: readonly ListedInvite[];
  readonly cursor: string | null;
}

export function Invites(): JSX.Element {
  const { conversation } = useActions();
  const attempt = useAttempt();
  const [link, setLink] = useState<string | null>(null);
  const { listed, error, load, more, drop } = useInvites();
  const make = () =>
    attempt(async () => {
      setLink(inviteLink((await conversation.createInvite()).code));
      load();
    });
  return (
    <section className="invites" aria-label={t`Invites`}>
      {link === null ? (
        <button type="button" className="button" onClick={make}>
          {t`Make an invite link`}
        </button>
      ) : (
        <div className="invite-link">
          <Field label={t`Invite link`} dir="ltr" readOnly value={link} onFocus={(event) => event.target.select()} />
          <button type="button" className="button" onClick={() => attempt(() => copyText(link), t`Copied`)}>
            {t`Copy`}
          </button>
        </div>
      )}
      {error !== null && (
        <button type="button" className="button-link" onClick={load}>
          {t({ message: `The invites could not be loaded: ${error} Try again`, comment: "error is a whole sentence" })}
        </button>
      )}
      {listed.invites.length > 0 && (
        <ul className="people-list" aria-label={t`Open invites`}>
          {listed.invites.map((invite) => (
            <InviteRow key={invite.id} invite={invite} onEnded={() => drop(invite.id)} />
          ))}
        </ul>
      )}
      {listed.cursor !== null && (
        <button type="button" className="button-link" onClick={more}>
          {t`Show more invites`}
        </button>
      )}
    </section>
  );
}

function InviteRow({ invite, onEnded }: { invite: ListedInvite; onEnded: () => void }): JSX.Element | null {
  const { conversation } = useActions();
  const attempt = useAttempt();
  const now = useNow(60_000, useAccount().presence.now);
  const name = nameOf(usePerson(invite.createdBy));
  const maker = <bdi>{name}</bdi>;
  const { id, expiresAt, usesLeft } = invite;
  if (expiresAt !== null && expiresAt <= now) return null;
  return (
    <li className="invite-row">
      <span className="person-names">
        <Trans comment="Who made an invite">By {maker}</Trans>
        <span className="quiet">{termsText(expiresAt === null ? null : fullTime(expiresAt), usesLeft)}</span>
      </span>
      <IconButton
        icon="close"
        label={t`End the invite by ${name}`}
        onClick={() =>
          attempt(async () => {
            await conversation.deleteInvite(id);
            onEnded();
          })
        }
      />
    </li>
  );
}

/** How long an invite lasts, and how often it can be used. */
function termsText(end: string | null, usesLeft: number | null): string {
  if (end === null)
    return usesLeft === null
      ? t`for ever, any number of uses`
      : plural(usesLeft, { one: "for ever, # use left", other: "for ever, # uses left" });
  return usesLeft === null
    ? t`until ${end}, any number of uses`
    : t`until ${end}, ${plural(usesLeft, { one: "# use left", other: "# uses left" })}`;
}

function useInvites() {
  const { conversation } = useActions();
  const links = useLinks();
  const attempt = useAttempt();
  const [listed, setListed] = useState<Listed>({ invites: [], cursor: null });
  const [error, setError] = useState<string | null>(null);
  const load = useCallback(() => {
    conversation.invites().then(
      ({ items, cursor }) => {
        setError(null);
        setListed({ invites: items, cursor });
      },
      (failure: unknown) => setError(errorText(failure)),
    );
  }, [conversation]);
  useEffect(load, [load, links]);
  const more = () =>
    attempt(async () => {
      if (listed.cursor === null) return;
      const { items, cursor } = await conversation.invites({ cursor: listed.cursor });
      setListed((before) => ({ invites: [...before.invites, ...items], cursor }));
    });
  const drop = (id: string) =>
    setListed((before) => ({ ...before, invites: before.invites.filter((each) => each.id !== id) }));
  return { listed, error, load, more, drop };
}
