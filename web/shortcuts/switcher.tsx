/** Owns the switcher: a field that leads to any chat, person or action by a few letters, by keys alone. */
import { t } from "@lingui/core/macro";
import { type JSX, type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from "react";
import type { Summary, User } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { isComposing } from "../browser/composing.ts";
import { Avatar } from "../names/avatar.tsx";
import { Handle } from "../names/handle.tsx";
import { nameOf, titleOf } from "../names/names.ts";
import { openConversation } from "../navigation/route.ts";
import { useFindPeople } from "../people/find-people.ts";
import { useContacts } from "../people/people.ts";
import { Dialog, leaveDialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { Icon } from "../ui/icons.tsx";
import { useAttempt } from "../ui/toast.tsx";
import { useEnter } from "../ui/use-enter.ts";
import { best } from "./fuzzy.ts";
import { type SwitcherAction, useSwitcherActions } from "./switcher-actions.ts";
import "./shortcuts.css";

const chatsMax = 8;
const peopleMax = 5;
const actionsMax = 5;

type Option =
  | { readonly kind: "chat"; readonly row: Summary }
  | { readonly kind: "person"; readonly user: User }
  | { readonly kind: "action"; readonly action: SwitcherAction };

interface SwitcherProps {
  /** The chat on screen, which is not offered. */
  readonly openId: string | null;
  readonly onClose: () => void;
}

export function Switcher({ openId, onClose }: SwitcherProps): JSX.Element {
  const [typed, setTyped] = useState("");
  const looked = useDeferredValue(typed);
  const groups = useOptions(looked, openId);
  const options = groups.flatMap(({ options: some }) => some);
  const [chosen, setChosen] = useState(0);
  const at = Math.min(chosen, options.length - 1);
  const place = useRef<HTMLDivElement>(null);
  const goTo = useGo(onClose);
  const go = (option: Option) => leaveDialog(place.current, () => goTo(option));
  const enter = useEnter(typed, looked, () => {
    const option = options[at];
    if (option !== undefined) go(option);
  });
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  // Of itself the dialog gives the focus to its first button.
  useEffect(() => place.current?.querySelector("input")?.focus(), []);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at, typed]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === "Enter") enter();
    else if (options.length === 0) return;
    else if (event.key === "ArrowDown") setChosen((at + 1) % options.length);
    else if (event.key === "ArrowUp") setChosen((at + options.length - 1) % options.length);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title={t`Go to`} onClose={onClose}>
      <div ref={place} className="dialog-body switcher" onKeyDown={onKeyDown}>
        <Field
          label={t`A chat, a person or an action`}
          // No field of a search: there Escape would only empty it.
          type="text"
          role="combobox"
          autoComplete="off"
          spellCheck={false}
          aria-expanded="true"
          aria-autocomplete="list"
          aria-controls={listId}
          aria-activedescendant={at < 0 ? undefined : `${listId}-${at}`}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen(0);
          }}
        />
        <div ref={list} id={listId} className="switcher-list" role="listbox" aria-label={t`What was found`}>
          {groups.map(({ label, options: some, from }) => (
            <div key={label} role="group" aria-label={label}>
              <div className="switcher-group" aria-hidden="true">
                {label}
              </div>
              {some.map((option, index) => (
                <OptionRow
                  key={keyOf(option)}
                  option={option}
                  id={`${listId}-${from + index}`}
                  isChosen={from + index === at}
                  onPick={() => go(option)}
                />
              ))}
            </div>
          ))}
        </div>
        {options.length === 0 && <p className="quiet" role="status">{t`Nothing found.`}</p>}
      </div>
    </Dialog>
  );
}

interface OptionRowProps {
  readonly option: Option;
  readonly id: string;
  readonly isChosen: boolean;
  readonly onPick: () => void;
}

function OptionRow({ option, id, isChosen, onPick }: OptionRowProps): JSX.Element {
  return (
    <div id={id} className="switcher-option" role="option" aria-selected={isChosen} onClick={onPick}>
      <OptionText option={option} />
    </div>
  );
}

function OptionText({ option }: { option: Option }): JSX.Element {
  const { userId } = useAccount();
  switch (option.kind) {
    case "chat": {
      const { row } = option;
      const title = titleOf(row, userId);
      return (
        <>
          <Avatar
            id={row.peer?.id ?? row.conversationId}
            name={title}
            url={row.peer?.avatarUrl ?? row.avatarUrl}
            size="small"
          />
          <bdi>{title}</bdi>
          {row.peer != null && <Handle handle={row.peer.handle} />}
        </>
      );
    }
    case "person":
      return (
        <>
          <Avatar id={option.user.id} name={nameOf(option.user)} url={option.user.avatarUrl} size="small" />
          <bdi>{nameOf(option.user)}</bdi>
          <Handle handle={option.user.handle} />
        </>
      );
    case "action":
      return (
        <>
          <span className="switcher-icon">
            <Icon name={option.action.icon} />
          </span>
          <bdi>{option.action.text}</bdi>
        </>
      );
  }
}

interface Group {
  readonly label: string;
  readonly options: readonly Option[];
  /** The number of options before it. */
  readonly from: number;
}

/** While nothing is typed: the latest chats, of which the first is the one before this one. */
function useOptions(typed: string, openId: string | null): readonly Group[] {
  const account = useAccount();
  const { userId } = account;
  const inbox = useObservable(account.inbox);
  const contacts = useContacts();
  const { users } = useFindPeople(typed);
  const actions = useSwitcherActions(
    [...inbox.conversations, ...inbox.archived].find(({ conversationId }) => conversationId === openId),
  );
  const { chats, people } = useMemo(() => {
    const all = [...inbox.conversations, ...inbox.archived];
    const rows = all.filter(({ conversationId }) => conversationId !== openId);
    const titles = (row: Summary) => [titleOf(row, userId), ...(row.peer?.handle == null ? [] : [row.peer.handle])];
    // Whoever has a chat is found by it.
    const withChat = new Set<string>([userId, ...all.flatMap(({ peer }) => peer?.id ?? [])]);
    const known = [...(typed.trim() === "" ? [] : (contacts ?? []).map(({ user }) => user)), ...users];
    const strangers = [...new Map(known.map((user) => [user.id, user])).values()].filter(({ id }) => !withChat.has(id));
    return {
      chats: best(typed, rows, titles, chatsMax),
      people: best(typed, strangers, (user) => [nameOf(user), user.handle ?? ""], peopleMax),
    };
  }, [typed, openId, userId, inbox, contacts, users]);
  const found = best(typed, actions, ({ text, words }) => [text, ...words], actionsMax);
  const groups = [
    { label: t`Chats`, options: chats.map((row) => ({ kind: "chat", row }) as const) },
    { label: t`People`, options: people.map((user) => ({ kind: "person", user }) as const) },
    { label: t`Actions`, options: found.map((action) => ({ kind: "action", action }) as const) },
  ].filter(({ options }) => options.length > 0);
  return groups.map((group, index) => ({
    ...group,
    from: groups.slice(0, index).reduce((sum, { options }) => sum + options.length, 0),
  }));
}

function useGo(onClose: () => void): (option: Option) => void {
  const account = useAccount();
  const attempt = useAttempt();
  return (option) => {
    onClose();
    if (option.kind === "chat") openConversation(option.row.conversationId);
    else if (option.kind === "person") attempt(async () => openConversation((await account.openDm(option.user.id)).id));
    else option.action.run();
  };
}

function keyOf(option: Option): string {
  switch (option.kind) {
    case "chat":
      return option.row.conversationId;
    case "person":
      return option.user.id;
    case "action":
      return option.action.text;
  }
}
