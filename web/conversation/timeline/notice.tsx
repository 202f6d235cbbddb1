/** Owns notices: the lines between messages that tell what happened to the conversation itself. */
import type { JSX } from "react";
import type { Notice } from "parley-sdk";
import { useAccount } from "../../accounts/account-context.ts";
import { nameOf } from "../../people/names.ts";
import { usePerson } from "../../people/people.ts";
import { clockTime } from "../../ui/time.ts";
import { useActions } from "../actions.ts";

export function NoticeLine({ notice }: { notice: Notice }): JSX.Element {
  return (
    <p className="notice" data-testid="notice" title={clockTime(notice.at)}>
      <Told notice={notice} />
    </p>
  );
}

function Told({ notice }: { notice: Notice }): JSX.Element {
  const { isGroup } = useActions();
  const by = <Name userId={notice.by} />;
  switch (notice.kind) {
    case "conversation_created":
      if (!isGroup) return <span key="direct">{by} started the chat</span>;
      return (
        <>
          {by} created the group <bdi>{`“${notice.title ?? ""}”`}</bdi>
        </>
      );
    case "member_added":
      if (notice.via === "invite")
        return (
          <>
            <Name userId={notice.userId} /> joined by an invite
          </>
        );
      return (
        <>
          {by} added <Name userId={notice.userId} isObject />
        </>
      );
    case "member_removed":
      return (
        <>
          {by} removed <Name userId={notice.userId} isObject />
        </>
      );
    case "member_left":
      return (
        <>
          <Name userId={notice.userId} /> left
        </>
      );
    case "role_changed":
      return (
        <>
          {by} made <Name userId={notice.userId} isObject />{" "}
          <span>{notice.role === "member" ? "a member" : `an ${notice.role}`}</span>
        </>
      );
    case "title_changed":
      return (
        <>
          {by} changed the title to <bdi>{`“${notice.title}”`}</bdi>
        </>
      );
    case "policy_changed":
      return <>{by} changed what members may do</>;
  }
}

function Name({ userId, isObject = false }: { userId: string; isObject?: boolean }): JSX.Element {
  const account = useAccount();
  const user = usePerson(userId);
  if (userId === account.userId) return <b>{isObject ? "you" : "You"}</b>;
  return (
    <b>
      <bdi>{nameOf(user)}</bdi>
    </b>
  );
}
