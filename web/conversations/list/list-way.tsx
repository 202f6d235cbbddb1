/** Owns the way from one list to another, which looks like a row: to the archived chats, to the requests, and back. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { numberText } from "../../texts/formats.ts";
import { Icon, type IconName } from "../../ui/icons.tsx";
import type { View } from "./sidebar-state.ts";

interface ListWayProps {
  readonly to: View;
  /** How many rows are there. */
  readonly count: number;
  readonly onGo: () => void;
}

export function ListWay({ to, count, onGo }: ListWayProps): JSX.Element {
  const { icon, name } = wordsOf(to, numberText(count));
  return (
    <button
      type="button"
      className="list-way"
      onClick={(event) => {
        const sidebar = event.currentTarget.closest("nav");
        onGo();
        // This button goes with its list, and the way back comes.
        requestAnimationFrame(() => sidebar?.querySelector<HTMLElement>(".list-way")?.focus());
      }}
    >
      <Icon name={icon} size={22} />
      <span>{name}</span>
      {to === "mentions" && <span className="list-way-count">{numberText(count)}</span>}
    </button>
  );
}

interface Words {
  readonly icon: IconName;
  readonly name: string;
}

function wordsOf(to: View, count: string): Words {
  switch (to) {
    case "all":
      return { icon: "back", name: t`All chats` };
    case "requests":
      return { icon: "personAdd", name: t`Requests (${count})` };
    case "archived":
      return {
        icon: "archive",
        name: t`Archived (${count})`,
      };
    case "mentions":
      return { icon: "mention", name: t`Mentions` };
  }
}
