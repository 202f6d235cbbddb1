/** Owns the list of a group's members, with the role and the menu of each. */
import { membersText } from "../../texts/counts.ts";
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import type { Conversation, Member, Role } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { useOpenDialog } from "../../navigation/open-dialog.ts";
import { nameOf } from "../../names/names.ts";
import { usePeople } from "../../people/people.ts";
import { PersonRow } from "../../people/person-row.tsx";
import { IconButton } from "../../ui/button.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { useAttempt } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";

export function MemberList({ details }: { details: Conversation }): JSX.Element {
  const account = useAccount();
  const { showPerson } = useActions();
  const { members, more } = useMembers(details);
  return (
    <section aria-labelledby="members-heading">
      <h3 id="members-heading">{membersText(details.memberCount)}</h3>
      <ul className="people-list" aria-label={t`Members`}>
        {members.map((member) => (
          <PersonRow
            key={member.user.id}
            user={member.user}
            note={roleNote(member.role)}
            onPick={() => showPerson(member.user.id)}
          >
            {member.user.id !== account.userId && <MemberMenu details={details} member={member} />}
          </PersonRow>
        ))}
      </ul>
      {more !== null && (
        <button type="button" className="button-link" onClick={more}>
          {t`Show more`}
        </button>
      )}
    </section>
  );
}

/** The first hundred come with the conversation's details; the rest are loaded page by page. */
function useMembers(details: Conversation): { members: readonly Member[]; more: (() => void) | null } {
  const { conversation } = useActions();
  const people = usePeople();
  const attempt = useAttempt();
  const [later, setLater] = useState<readonly Member[]>([]);
  const [cursor, setCursor] = useState<string | null | undefined>(undefined);
  const first = details.members ?? [];
  const { memberCount } = details;
  const known = new Set(first.map(({ user }) => user.id));
  const members = [...first, ...later.filter(({ user }) => !known.has(user.id))];
  if (members.length >= memberCount || cursor === null) return { members, more: null };
  const more = () =>
    attempt(async () => {
      const page = await conversation.members(cursor === undefined ? { limit: 100 } : { cursor, limit: 100 });
      people.learn(page.items.map(({ user }) => user));
      setLater((before) => [...before, ...page.items]);
      setCursor(page.cursor);
    });
  return { members, more };
}

function MemberMenu({ details, member }: { details: Conversation; member: Member }): JSX.Element {
  const account = useAccount();
  const { conversation, canWrite } = useActions();
  const openDialog = useOpenDialog();
  const attempt = useAttempt();
  const { user, role } = member;
  const name = nameOf(user);
  const own = details.me.role;
  const isOwner = canWrite && own === "owner";
  const mayRemove =
    canWrite && (own === "owner" || (own === "admin" && role === "member")) && user.id !== account.userId;
  const setRole = (next: Role) => attempt(() => conversation.setRole(user.id, next));
  return (
    <Menu label={t`Actions for ${name}`} trigger={<IconButton icon="more" label={t`Actions for ${name}`} />}>
      <MenuItem onSelect={() => openDialog({ kind: "person", userId: user.id })}>{t`Profile`}</MenuItem>
      {isOwner && role !== "admin" && <MenuItem onSelect={() => setRole("admin")}>{t`Make admin`}</MenuItem>}
      {isOwner && role !== "member" && <MenuItem onSelect={() => setRole("member")}>{t`Make plain member`}</MenuItem>}
      {isOwner && role !== "owner" && <MenuItem onSelect={() => setRole("owner")}>{t`Make owner`}</MenuItem>}
      {mayRemove && (
        <MenuItem isDanger onSelect={() => attempt(() => conversation.removeMember(user.id))}>
          {t`Remove from the group`}
        </MenuItem>
      )}
    </Menu>
  );
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
