/**
 * Owns the icons: those of Lucide that the app uses, under the app's own names, each from a file of its own, so that no other is in the build.
 * They have the colour of the text and are hidden from screen readers: the button names itself.
 */
import archive from "lucide/dist/esm/icons/archive.mjs";
import archiveArrowUp from "lucide/dist/esm/icons/archive-arrow-up.mjs";
import arrowLeft from "lucide/dist/esm/icons/arrow-left.mjs";
import bell from "lucide/dist/esm/icons/bell.mjs";
import bellOff from "lucide/dist/esm/icons/bell-off.mjs";
import check from "lucide/dist/esm/icons/check.mjs";
import checkCheck from "lucide/dist/esm/icons/check-check.mjs";
import circleAlert from "lucide/dist/esm/icons/circle-alert.mjs";
import ellipsis from "lucide/dist/esm/icons/ellipsis.mjs";
import eye from "lucide/dist/esm/icons/eye.mjs";
import folder from "lucide/dist/esm/icons/folder.mjs";
import inbox from "lucide/dist/esm/icons/inbox.mjs";
import keyboard from "lucide/dist/esm/icons/keyboard.mjs";
import link from "lucide/dist/esm/icons/link.mjs";
import logOut from "lucide/dist/esm/icons/log-out.mjs";
import mailOpen from "lucide/dist/esm/icons/mail-open.mjs";
import messageCircle from "lucide/dist/esm/icons/message-circle.mjs";
import notebookPen from "lucide/dist/esm/icons/notebook-pen.mjs";
import pin from "lucide/dist/esm/icons/pin.mjs";
import pinOff from "lucide/dist/esm/icons/pin-off.mjs";
import plus from "lucide/dist/esm/icons/plus.mjs";
import search from "lucide/dist/esm/icons/search.mjs";
import settings from "lucide/dist/esm/icons/settings.mjs";
import squarePen from "lucide/dist/esm/icons/square-pen.mjs";
import star from "lucide/dist/esm/icons/star.mjs";
import trash from "lucide/dist/esm/icons/trash.mjs";
import typeIcon from "lucide/dist/esm/icons/type.mjs";
import userRoundPlus from "lucide/dist/esm/icons/user-round-plus.mjs";
import usersRound from "lucide/dist/esm/icons/users-round.mjs";
import x from "lucide/dist/esm/icons/x.mjs";
import type { JSX } from "react";

import type { laterIcons } from "./icons/later-icons.ts";

/** Those of the first screens. */
const firstIcons = {
  archive,
  unarchive: archiveArrowUp,
  alert: circleAlert,
  back: arrowLeft,
  bell,
  bellOff,
  check,
  checkAll: checkCheck,
  close: x,
  eye,
  folder,
  group: usersRound,
  inbox,
  keyboard,
  leave: logOut,
  link,
  mail: mailOpen,
  message: messageCircle,
  more: ellipsis,
  notes: notebookPen,
  personAdd: userRoundPlus,
  pin,
  pinOff,
  plus,
  search,
  settings,
  star,
  text: typeIcon,
  trash,
  write: squarePen,
} as const;

export type IconName = keyof typeof firstIcons | keyof typeof laterIcons;

const icons: Partial<Record<IconName, (typeof firstIcons)["check"]>> = { ...firstIcons };

/** All others. Parts that come later are shown after this. */
export async function fetchIcons(): Promise<void> {
  Object.assign(icons, (await import("./icons/later-icons.ts")).laterIcons);
}

/** These point back or onwards along the line, so they are mirrored where lines run from right to left. */
const along: ReadonlySet<IconName> = new Set<IconName>(["back", "forward", "leave", "next", "reply", "send", "undo"]);

export function Icon({ name, size = 20 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg
      className={along.has(name) ? "icon icon-along" : "icon"}
      // In rem, so that icons grow with the text.
      width={`${size / 16}rem`}
      height={`${size / 16}rem`}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      {icons[name]?.map(([Shape, attributes], index) => (
        <Shape key={index} {...attributes} />
      ))}
    </svg>
  );
}
