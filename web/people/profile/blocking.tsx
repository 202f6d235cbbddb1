/** Owns blocking a person: asked about before, undone by a toast. */
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import { nameOf } from "../../names/names.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { useAttempt, useSay } from "../../ui/toast.tsx";
import { useBlocked, usePeople, usePerson } from "../people.ts";

export interface Blocking {
  readonly isBlocked: boolean;
  /** What the button says. */
  readonly label: string;
  /** Unblocks at once, or asks whether to block. */
  readonly toggle: () => void;
  /** The question, while it is open. */
  readonly question: JSX.Element | null;
}

export function useBlocking(userId: string): Blocking {
  const people = usePeople();
  const name = nameOf(usePerson(userId));
  const isBlocked = useBlocked()?.some(({ id }) => id === userId) ?? false;
  const attempt = useAttempt();
  const say = useSay();
  const [isAsking, setIsAsking] = useState(false);
  const unblock = () => attempt(() => people.setBlocked(userId, false));
  return {
    isBlocked,
    label: isBlocked ? t`Unblock` : t({ message: "Block", context: "verb" }),
    toggle: () => (isBlocked ? unblock() : setIsAsking(true)),
    question: isAsking ? (
      <Confirm
        title={t`Block ${name}?`}
        text={t`Neither of you can write in your direct chat any more, or add the other to a group. They get no message about it. Both of you can still read what was written.`}
        action={t({ message: "Block", context: "verb" })}
        onConfirm={() =>
          attempt(async () => {
            await people.setBlocked(userId, true);
            say(t`${name} is blocked.`, unblock);
          })
        }
        onClose={() => setIsAsking(false)}
      />
    ) : null,
  };
}
