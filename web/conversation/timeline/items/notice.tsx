/** Owns notices: the lines between messages that say what happened to the conversation itself. */
import { plural, t } from "@lingui/core/macro";
import { Select, Trans } from "@lingui/react/macro";
import type { JSX } from "react";
import type { Notice } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { nameOf } from "../../../names/names.ts";
import { usePerson } from "../../../people/people.ts";
import { ListOf } from "../../../texts/list-of.tsx";
import { clockTime } from "../../../texts/time.ts";
import { useActions } from "../../actions.ts";

export function NoticeLine({ notice }: { notice: Notice }): JSX.Element {
  return (
    <p className="notice" data-testid="notice" title={clockTime(notice.at)}>
      <span>
        <Sentence notice={notice} />
      </span>
    </p>
  );
}

function Sentence({ notice }: { notice: Notice }): JSX.Element {
  const account = useAccount();
  const { isGroup } = useActions();
  const isOwn = notice.by === account.userId;
  const by = <Name userId={notice.by} />;
  switch (notice.kind) {
    case "conversation_created": {
      if (!isGroup) return isOwn ? <Trans>You started the chat</Trans> : <Trans>{by} started the chat</Trans>;
      const title = <Title text={notice.title ?? ""} />;
      return isOwn ? (
        <Trans>You created the group {title}</Trans>
      ) : (
        <Trans>
          {by} created the group {title}
        </Trans>
      );
    }
    case "title_changed": {
      const title = <Title text={notice.title} />;
      return isOwn ? (
        <Trans>You changed the title to {title}</Trans>
      ) : (
        <Trans>
          {by} changed the title to {title}
        </Trans>
      );
    }
    case "avatar_changed":
      return isOwn ? <Trans>You changed the picture</Trans> : <Trans>{by} changed the picture</Trans>;
    case "pinned":
      return isOwn ? <Trans>You pinned a message</Trans> : <Trans>{by} pinned a message</Trans>;
    case "unpinned":
      return isOwn ? <Trans>You unpinned a message</Trans> : <Trans>{by} unpinned a message</Trans>;
    case "policy_changed":
      return isOwn ? <Trans>You changed what members may do</Trans> : <Trans>{by} changed what members may do</Trans>;
    case "mode_changed":
      return <span>{t`The group has more than 100 members now: others’ receipts are no longer shown`}</span>;
    case "member_added":
    case "member_removed":
    case "member_left":
    case "role_changed":
      return <MemberNoticeText notice={notice} />;
  }
}

type MemberNotice = Extract<Notice, { readonly userIds: readonly string[] }>;

/** The text of a notice about members. Each language has its own forms for "you", both where the user acted and where another member acted on the user. */
function MemberNoticeText({ notice }: { notice: MemberNotice }): JSX.Element {
  const account = useAccount();
  const isBySelf = notice.by === account.userId;
  const { count } = notice;
  const others = notice.userIds.filter((userId) => userId !== account.userId);
  const isOfSelf = others.length < notice.userIds.length;
  const isOfOthers = count > Number(isOfSelf);
  const by = <Name userId={notice.by} />;
  const member = <Names userIds={others} count={count - Number(isOfSelf)} />;
  switch (notice.kind) {
    case "member_added":
      if (notice.via === "invite")
        return isOfSelf ? <Trans>You joined by an invite</Trans> : <Trans>{member} joined by an invite</Trans>;
      if (isOfSelf)
        return isOfOthers ? (
          <Trans>
            {by} added you, and also {member}
          </Trans>
        ) : (
          <Trans>{by} added you</Trans>
        );
      return isBySelf ? (
        <Trans>You added {member}</Trans>
      ) : (
        <Trans>
          {by} added {member}
        </Trans>
      );
    case "member_removed":
      if (isOfSelf) return <Trans>{by} removed you</Trans>;
      return isBySelf ? (
        <Trans>You removed {member}</Trans>
      ) : (
        <Trans>
          {by} removed {member}
        </Trans>
      );
    case "member_left":
      return isOfSelf ? <Trans>You left</Trans> : <Trans>{member} left</Trans>;
    case "role_changed": {
      const { role } = notice;
      if (isOfSelf)
        return (
          <Trans>
            {by} made you <Select value={role} _owner="an owner" _admin="an admin" other="a member" />
          </Trans>
        );
      return isBySelf ? (
        <Trans>
          You made {member} <Select value={role} _owner="an owner" _admin="an admin" other="a member" />
        </Trans>
      ) : (
        <Trans>
          {by} made {member} <Select value={role} _owner="an owner" _admin="an admin" other="a member" />
        </Trans>
      );
    }
  }
}

/** So many members are named at most; if there are more, one fewer, and the number of the others. */
const namedMax = 3;

/** "Ana, Bo and 17 others" */
function Names({ userIds, count }: { userIds: readonly string[]; count: number }): JSX.Element {
  const named = userIds.slice(0, count > namedMax ? namedMax - 1 : namedMax);
  const more = count - named.length;
  const names = named.map((userId) => <Name key={userId} userId={userId} />);
  return (
    <ListOf
      items={more === 0 ? names : [...names, <b key="more">{plural(more, { one: "# other", other: "# others" })}</b>]}
    />
  );
}

function Name({ userId }: { userId: string }): JSX.Element {
  return (
    <b>
      <bdi>{nameOf(usePerson(userId))}</bdi>
    </b>
  );
}

function Title({ text }: { text: string }): JSX.Element {
  return <bdi>{t({ message: `“${text}”`, comment: "The title of a group in quotation marks" })}</bdi>;
}
