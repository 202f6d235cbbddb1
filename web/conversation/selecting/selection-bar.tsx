/** Owns the bar that stands in place of the composer while messages are selected: how many they are, and what can be done with them. */
import { t, plural } from "@lingui/core/macro";
import { type JSX, useEffect } from "react";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../../accounts/account-context.ts";
import { copyText } from "../../browser/copy.ts";
import { useBackCloses } from "../../navigation/back.ts";
import { nameOf } from "../../names/names.ts";
import { usePeople } from "../../people/people.ts";
import { isAnythingAbove } from "../../ui/focus.ts";
import { IconButton } from "../../ui/button.tsx";
import { useAttempt, useSay } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";
import { useHide } from "./hide.ts";
import { copiedLines } from "./copied.ts";

export function SelectionBar(): JSX.Element | null {
  const account = useAccount();
  const people = usePeople();
  const { conversation, canWrite, memberOf, selected, ask } = useActions();
  const attempt = useAttempt();
  const say = useSay();
  const hide = useHide();
  const picked = useObservable(selected.picked);
  const isOpen = picked !== null;
  useBackCloses(isOpen, () => selected.end());
  useEffect(() => {
    if (!isOpen) return undefined;
    const onKey = (event: KeyboardEvent) => {
      // In a dialog, a menu or a popover above, Escape closes that one, and perhaps has done so by now.
      if (event.key !== "Escape" || event.defaultPrevented || isAnythingAbove()) return;
      event.preventDefault();
      selected.end();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [isOpen, selected]);
  useEffect(() => {
    if (!isOpen) return undefined;
    const follow = () =>
      selected.follow(
        conversation.timeline
          .getSnapshot()
          .entries.flatMap((entry) => (entry.kind === "message" ? [entry.message] : [])),
      );
    follow();
    return conversation.timeline.subscribe(follow);
  }, [isOpen, conversation, selected]);
  if (picked === null) return null;
  const messages = [...picked.values()].toSorted((one, other) => one.seq - other.seq);
  const isEmpty = messages.length === 0;
  const areOwn = messages.every(({ senderId }) => senderId === account.userId);

  const copy = async () => {
    const whole = await Promise.all(
      messages.map(async (each) => (each.truncated === true ? await conversation.loadFullMessage(each.seq) : each)),
    );
    const senders = [...new Set(whole.map(({ senderId }) => senderId))];
    const users = await Promise.all(
      senders.map(async (id) =>
        id === account.userId ? account.user.getSnapshot() : (memberOf(id) ?? (await people.find(id))),
      ),
    );
    const names = new Map(senders.map((id, index) => [id, nameOf(users[index])]));
    await copyText(copiedLines(whole, ({ senderId }) => names.get(senderId) ?? ""));
    selected.end();
  };
  const star = () => {
    for (const { seq } of messages) attempt(() => conversation.star(seq));
    say(t({ message: "Starred", comment: "Of several messages" }));
    selected.end();
  };
  return (
    <div className="selection-bar" role="toolbar" aria-label={t`Selected messages`} data-testid="selection-bar">
      <IconButton icon="close" label={t`End the selection`} onClick={() => selected.end()} />
      <span className="selection-count" role="status">
        {plural(messages.length, { one: "# selected", other: "# selected" })}
      </span>
      <IconButton icon="copy" label={t`Copy text`} disabled={isEmpty} onClick={() => attempt(copy, t`Copied`)} />
      <IconButton
        icon="forward"
        label={t({ message: "Forward", context: "verb" })}
        disabled={isEmpty}
        onClick={() => ask({ kind: "forward", messages })}
      />
      <IconButton icon="star" label={t({ message: "Star", context: "verb" })} disabled={isEmpty} onClick={star} />
      <IconButton
        icon="trash"
        label={t`Delete for me`}
        disabled={isEmpty}
        onClick={() => {
          selected.end();
          hide(messages);
        }}
      />
      {canWrite && (
        <IconButton
          icon="undo"
          label={t`Unsend`}
          disabled={isEmpty || !areOwn}
          onClick={() => ask({ kind: "unsend", messages })}
        />
      )}
    </div>
  );
}
