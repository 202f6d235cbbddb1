/** Owns what can be done to one member of a group: their profile, their role, removal. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Conversation, Member, Role } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { useOpenDialog } from "../../navigation/open-dialog.ts";
import { nameOf } from "../../names/names.ts";
import { IconButton } from "../../ui/button.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { useAttempt } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";

interface MemberMenuProps {
  readonly details: Conversation;
  readonly member: Member;
  readonly onChanged: () => void;
}

export function MemberMenu({ details, member, onChanged }: MemberMenuProps): JSX.Element {
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
  const change = (work: () => Promise<unknown>) =>
    attempt(async () => {
      await work();
      onChanged();
    });
  const setRole = (next: Role) => change(() => conversation.setRole(user.id, next));
  return (
    <Menu label={t`Actions for ${name}`} trigger={<IconButton icon="more" label={t`Actions for ${name}`} />}>
      {() => (
        <>
          <MenuItem onSelect={() => openDialog({ kind: "person", userId: user.id })}>{t`Profile`}</MenuItem>
          {isOwner && role !== "admin" && <MenuItem onSelect={() => setRole("admin")}>{t`Make admin`}</MenuItem>}
          {isOwner && role !== "member" && (
            <MenuItem onSelect={() => setRole("member")}>{t`Make plain member`}</MenuItem>
          )}
          {isOwner && role !== "owner" && <MenuItem onSelect={() => setRole("owner")}>{t`Make owner`}</MenuItem>}
          {mayRemove && (
            <MenuItem isDanger onSelect={() => change(() => conversation.removeMember(user.id))}>
              {t`Remove from the group`}
            </MenuItem>
          )}
        </>
      )}
    </Menu>
  );
}
