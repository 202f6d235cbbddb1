/** Owns the list of a group's members, with a search, and the role and the menu of each. Of a long list only the rows near the view are in the page. */
import { membersText } from "../../texts/counts.ts";
import { useVirtualizer } from "@tanstack/react-virtual";
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useRef, useState } from "react";
import type { Conversation, Member, Role } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { useRemPx } from "../../browser/observe.ts";
import { PersonRow } from "../../people/person-row.tsx";
import { Field } from "../../ui/field.tsx";
import { useActions } from "../actions.ts";
import { MemberMenu } from "./member-menu.tsx";
import { useMemberPages } from "./members/member-pages.ts";

/** A shorter list is seen at a glance. */
const searchedFrom = 12;
/** The height of a row, as the style sheet has it. */
const rowRem = 3.5;

export function MemberList({ details }: { details: Conversation }): JSX.Element {
  const [typed, setTyped] = useState("");
  const { members, query, isLoading, hasMore, error, inView, reload } = useMemberPages(details, typed);
  const isSearching = typed.trim() !== "";
  const total = isSearching ? (hasMore || isLoading ? -1 : members.length) : details.memberCount;
  const rows = { members, total, isLoading, onView: inView, row: { details, onChanged: reload } };
  return (
    <section className="members" aria-labelledby="members-heading">
      <h3 id="members-heading">{membersText(details.memberCount)}</h3>
      {details.memberCount >= searchedFrom && (
        <Field
          label={t`Find members`}
          type="search"
          placeholder={t`Search by handle or name`}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
        />
      )}
      {details.mode === "small" ? <Rows {...rows} /> : <LongRows key={query} {...rows} />}
      {error !== null && (
        <button type="button" className="button-link" onClick={reload}>
          {t({ message: `The members could not be loaded: ${error} Try again`, comment: "error is a whole sentence" })}
        </button>
      )}
      {isLoading && members.length === 0 && <p className="quiet" role="status">{t`Looking for members…`}</p>}
      {isSearching && !isLoading && error === null && members.length === 0 && (
        <p className="quiet">{t`Nobody found.`}</p>
      )}
    </section>
  );
}

interface RowsProps {
  readonly members: readonly Member[];
  /** How many there are, loaded or not; -1 where this is not known. */
  readonly total: number;
  readonly isLoading: boolean;
  /** Called with the first and the last row in view. */
  readonly onView: (first: number, last: number) => void;
  readonly row: Omit<RowProps, "member">;
}

function Rows({ members, row }: RowsProps): JSX.Element {
  return (
    <ul className="people-list" aria-label={t`Members`}>
      {members.map((member) => (
        <MemberRow key={member.user.id} member={member} {...row} />
      ))}
    </ul>
  );
}

function LongRows({ members, total, isLoading, onView, row }: RowsProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const rowPx = rowRem * useRemPx();
  // eslint-disable-next-line react/incompatible-library -- its methods are called in this component alone
  const virtualizer = useVirtualizer({
    count: members.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => members[index]?.user.id ?? index,
    overscan: 8,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowPx]);
  const items = virtualizer.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => onView(first, last), [onView, first, last]);
  return (
    <div ref={scroller} className="members-scroller">
      <ul
        className="people-list"
        aria-label={t`Members`}
        aria-busy={isLoading}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {items.map((item) => {
          const member = members[item.index];
          if (member === undefined) return null;
          const place = { startPx: item.start, number: item.index + 1, total };
          return <MemberRow key={item.key} member={member} place={place} {...row} />;
        })}
      </ul>
    </div>
  );
}

interface RowProps {
  readonly details: Conversation;
  readonly member: Member;
  readonly onChanged: () => void;
  readonly place?: { readonly startPx: number; readonly number: number; readonly total: number };
}

function MemberRow({ details, member, onChanged, place }: RowProps): JSX.Element {
  const account = useAccount();
  const { showPerson } = useActions();
  const { user, role } = member;
  return (
    <PersonRow
      user={user}
      tag={tagOf(role, user.id === account.userId)}
      onPick={() => showPerson(user.id)}
      place={place}
    >
      {user.id !== account.userId && <MemberMenu details={details} member={member} onChanged={onChanged} />}
    </PersonRow>
  );
}

function tagOf(role: Role, isOwn: boolean): string | undefined {
  const note = roleNote(role);
  if (!isOwn) return note;
  const you = t({ message: "you", comment: "Beside the reader's own name in the list of members" });
  return note === undefined ? you : `${you} · ${note}`;
}

function roleNote(role: Role): string | undefined {
  switch (role) {
    case "owner":
      return t({ message: "owner", comment: "Beside the name of the member to whom the group belongs" });
    case "admin":
      return t({ message: "admin", comment: "Beside the name of a member who may manage the group" });
    case "member":
      return undefined;
  }
}
