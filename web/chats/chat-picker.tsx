/** Owns choosing several chats from a list that a few letters narrow. */
import { t } from "@lingui/core/macro";
import { type JSX, useDeferredValue, useState } from "react";
import { holdsFolded, type Summary } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { Avatar } from "../names/avatar.tsx";
import { titleOf } from "../names/names.ts";
import { Field } from "../ui/field.tsx";
import "./chats.css";

/** Rows in the list at a time; who looks for another one writes its name. */
const shownMax = 60;

interface ChatPickerProps {
  /** Those that can be chosen. */
  readonly rows: readonly Summary[];
  readonly picked: ReadonlySet<string>;
  readonly onChange: (picked: ReadonlySet<string>) => void;
  readonly pickedMax: number;
}

export function ChatPicker({ rows, picked, onChange, pickedMax }: ChatPickerProps): JSX.Element {
  const { userId } = useAccount();
  const [query, setQuery] = useState("");
  const looked = useDeferredValue(query.trim());
  const offered = rows.filter((row) => looked === "" || holdsFolded(titleOf(row, userId), looked)).slice(0, shownMax);
  const isFull = picked.size >= pickedMax;
  const toggle = ({ conversationId }: Summary) => {
    const next = new Set(picked);
    if (!next.delete(conversationId)) next.add(conversationId);
    onChange(next);
  };
  return (
    <div className="picker">
      <Field
        label={t`Chats`}
        type="search"
        value={query}
        placeholder={t`Search by name`}
        autoComplete="off"
        onChange={(event) => setQuery(event.target.value)}
      />
      <ul className="people-list chat-pick-list" aria-label={t`Chats to choose from`}>
        {offered.map((row) => {
          const title = titleOf(row, userId);
          const isPicked = picked.has(row.conversationId);
          return (
            <li key={row.conversationId}>
              <label className="chat-pick-row">
                <input type="checkbox" checked={isPicked} disabled={!isPicked && isFull} onChange={() => toggle(row)} />
                <Avatar
                  id={row.peer?.id ?? row.conversationId}
                  name={title}
                  url={row.peer?.avatarUrl ?? row.avatarUrl}
                  size="small"
                />
                <bdi>{title}</bdi>
              </label>
            </li>
          );
        })}
      </ul>
      {offered.length === 0 && <p className="quiet">{t`No such chat.`}</p>}
    </div>
  );
}
