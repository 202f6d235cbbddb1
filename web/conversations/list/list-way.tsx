/** Owns the way from one list to another, which looks like a row: to the archived chats, to the requests, and back. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { numberText } from "../../texts/formats.ts";
import { Icon, type IconName } from "../../ui/icons.tsx";
import type { View } from "./sidebar-state.ts";

/** To the mentions one of the filters leads. */
export type Aim = Exclude<View, "mentions">;

interface ListWayProps {
  readonly to: Aim;
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
    </button>
  );
}

interface Words {
  readonly icon: IconName;
  readonly name: string;
}

function wordsOf(to: Aim, count: string): Words {
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
  }
}
