/**
 * Owns the icons: those of Lucide that the app uses, under the app's own names, each from a file of its own, so that no other is in the build.
 * They have the colour of the text and are hidden from screen readers: the button names itself.
 */
import archive from "lucide/dist/esm/icons/archive.mjs";
import camera from "lucide/dist/esm/icons/camera.mjs";
import image from "lucide/dist/esm/icons/image.mjs";
import archiveArrowUp from "lucide/dist/esm/icons/archive-arrow-up.mjs";
import arrowLeft from "lucide/dist/esm/icons/arrow-left.mjs";
import ban from "lucide/dist/esm/icons/ban.mjs";
import bell from "lucide/dist/esm/icons/bell.mjs";
import bellOff from "lucide/dist/esm/icons/bell-off.mjs";
import chartBarBig from "lucide/dist/esm/icons/chart-bar-big.mjs";
import check from "lucide/dist/esm/icons/check.mjs";
import checkCheck from "lucide/dist/esm/icons/check-check.mjs";
import chevronDown from "lucide/dist/esm/icons/chevron-down.mjs";
import chevronRight from "lucide/dist/esm/icons/chevron-right.mjs";
import chevronUp from "lucide/dist/esm/icons/chevron-up.mjs";
import circleAlert from "lucide/dist/esm/icons/circle-alert.mjs";
import circleCheck from "lucide/dist/esm/icons/circle-check.mjs";
import clock from "lucide/dist/esm/icons/clock.mjs";
import copy from "lucide/dist/esm/icons/copy.mjs";
import download from "lucide/dist/esm/icons/download.mjs";
import ellipsis from "lucide/dist/esm/icons/ellipsis.mjs";
import eye from "lucide/dist/esm/icons/eye.mjs";
import faceSlightlySmiling from "lucide/dist/esm/icons/face-slightly-smiling.mjs";
import faceSlightlySmilingPlus from "lucide/dist/esm/icons/face-slightly-smiling-plus.mjs";
import fileText from "lucide/dist/esm/icons/file-text.mjs";
import flag from "lucide/dist/esm/icons/flag.mjs";
import folder from "lucide/dist/esm/icons/folder.mjs";
import forward from "lucide/dist/esm/icons/forward.mjs";
import inbox from "lucide/dist/esm/icons/inbox.mjs";
import info from "lucide/dist/esm/icons/info.mjs";
import keyboard from "lucide/dist/esm/icons/keyboard.mjs";
import link from "lucide/dist/esm/icons/link.mjs";
import listChecks from "lucide/dist/esm/icons/list-checks.mjs";
import logOut from "lucide/dist/esm/icons/log-out.mjs";
import lockKeyhole from "lucide/dist/esm/icons/lock-keyhole.mjs";
import mailOpen from "lucide/dist/esm/icons/mail-open.mjs";
import messageCircle from "lucide/dist/esm/icons/message-circle.mjs";
import mic from "lucide/dist/esm/icons/mic.mjs";
import monitor from "lucide/dist/esm/icons/monitor.mjs";
import notebookPen from "lucide/dist/esm/icons/notebook-pen.mjs";
import palette from "lucide/dist/esm/icons/palette.mjs";
import paperclip from "lucide/dist/esm/icons/paperclip.mjs";
import pause from "lucide/dist/esm/icons/pause.mjs";
import pencil from "lucide/dist/esm/icons/pencil.mjs";
import pin from "lucide/dist/esm/icons/pin.mjs";
import pinOff from "lucide/dist/esm/icons/pin-off.mjs";
import play from "lucide/dist/esm/icons/play.mjs";
import plus from "lucide/dist/esm/icons/plus.mjs";
import reply from "lucide/dist/esm/icons/reply.mjs";
import search from "lucide/dist/esm/icons/search.mjs";
import sendHorizontal from "lucide/dist/esm/icons/send-horizontal.mjs";
import settings from "lucide/dist/esm/icons/settings.mjs";
import share2 from "lucide/dist/esm/icons/share-2.mjs";
import shieldCheck from "lucide/dist/esm/icons/shield-check.mjs";
import squarePen from "lucide/dist/esm/icons/square-pen.mjs";
import star from "lucide/dist/esm/icons/star.mjs";
import starOff from "lucide/dist/esm/icons/star-off.mjs";
import trash from "lucide/dist/esm/icons/trash.mjs";
import typeIcon from "lucide/dist/esm/icons/type.mjs";
import undo2 from "lucide/dist/esm/icons/undo-2.mjs";
import userRound from "lucide/dist/esm/icons/user-round.mjs";
import userRoundPlus from "lucide/dist/esm/icons/user-round-plus.mjs";
import usersRound from "lucide/dist/esm/icons/users-round.mjs";
import video from "lucide/dist/esm/icons/video.mjs";
import volume2 from "lucide/dist/esm/icons/volume-2.mjs";
import x from "lucide/dist/esm/icons/x.mjs";
import zoomIn from "lucide/dist/esm/icons/zoom-in.mjs";
import zoomOut from "lucide/dist/esm/icons/zoom-out.mjs";
import type { JSX } from "react";

const icons = {
  archive,
  unarchive: archiveArrowUp,
  alert: circleAlert,
  attach: paperclip,
  back: arrowLeft,
  bell,
  bellOff,
  blocked: ban,
  check,
  checkAll: checkCheck,
  clock,
  close: x,
  copy,
  details: listChecks,
  down: chevronDown,
  download,
  edit: pencil,
  eye,
  file: fileText,
  flag,
  folder,
  forward,
  group: usersRound,
  inbox,
  info,
  keyboard,
  leave: logOut,
  link,
  lock: lockKeyhole,
  look: palette,
  mail: mailOpen,
  message: messageCircle,
  microphone: mic,
  more: ellipsis,
  next: chevronRight,
  notes: notebookPen,
  pause,
  person: userRound,
  personAdd: userRoundPlus,
  pin,
  pinOff,
  play,
  plus,
  picture: image,
  poll: chartBarBig,
  camera,
  reply,
  search,
  select: circleCheck,
  send: sendHorizontal,
  settings,
  share: share2,
  shield: shieldCheck,
  smile: faceSlightlySmiling,
  smilePlus: faceSlightlySmilingPlus,
  sound: volume2,
  star,
  starOff,
  system: monitor,
  text: typeIcon,
  trash,
  undo: undo2,
  up: chevronUp,
  video,
  write: squarePen,
  zoomIn,
  zoomOut,
} as const;

export type IconName = keyof typeof icons;

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
      {icons[name].map(([Shape, attributes], index) => (
        <Shape key={index} {...attributes} />
      ))}
    </svg>
  );
}
