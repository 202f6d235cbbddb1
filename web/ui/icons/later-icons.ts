/** Owns the icons that no first screen shows, under the app's own names. They come before the first part that is shown later ([icons.tsx](../icons.tsx)). */
import camera from "lucide/dist/esm/icons/camera.mjs";
import image from "lucide/dist/esm/icons/image.mjs";
import ban from "lucide/dist/esm/icons/ban.mjs";
import chartBarBig from "lucide/dist/esm/icons/chart-bar-big.mjs";
import chevronDown from "lucide/dist/esm/icons/chevron-down.mjs";
import chevronRight from "lucide/dist/esm/icons/chevron-right.mjs";
import chevronUp from "lucide/dist/esm/icons/chevron-up.mjs";
import circleCheck from "lucide/dist/esm/icons/circle-check.mjs";
import clock from "lucide/dist/esm/icons/clock.mjs";
import copy from "lucide/dist/esm/icons/copy.mjs";
import download from "lucide/dist/esm/icons/download.mjs";
import faceSlightlySmiling from "lucide/dist/esm/icons/face-slightly-smiling.mjs";
import faceSlightlySmilingPlus from "lucide/dist/esm/icons/face-slightly-smiling-plus.mjs";
import fileText from "lucide/dist/esm/icons/file-text.mjs";
import flag from "lucide/dist/esm/icons/flag.mjs";
import forward from "lucide/dist/esm/icons/forward.mjs";
import info from "lucide/dist/esm/icons/info.mjs";
import listChecks from "lucide/dist/esm/icons/list-checks.mjs";
import lockKeyhole from "lucide/dist/esm/icons/lock-keyhole.mjs";
import mic from "lucide/dist/esm/icons/mic.mjs";
import monitor from "lucide/dist/esm/icons/monitor.mjs";
import palette from "lucide/dist/esm/icons/palette.mjs";
import paperclip from "lucide/dist/esm/icons/paperclip.mjs";
import pause from "lucide/dist/esm/icons/pause.mjs";
import pencil from "lucide/dist/esm/icons/pencil.mjs";
import play from "lucide/dist/esm/icons/play.mjs";
import reply from "lucide/dist/esm/icons/reply.mjs";
import sendHorizontal from "lucide/dist/esm/icons/send-horizontal.mjs";
import share2 from "lucide/dist/esm/icons/share-2.mjs";
import shieldCheck from "lucide/dist/esm/icons/shield-check.mjs";
import starOff from "lucide/dist/esm/icons/star-off.mjs";
import undo2 from "lucide/dist/esm/icons/undo-2.mjs";
import userRound from "lucide/dist/esm/icons/user-round.mjs";
import video from "lucide/dist/esm/icons/video.mjs";
import volume2 from "lucide/dist/esm/icons/volume-2.mjs";
import zoomIn from "lucide/dist/esm/icons/zoom-in.mjs";
import zoomOut from "lucide/dist/esm/icons/zoom-out.mjs";

export const laterIcons = {
  attach: paperclip,
  blocked: ban,
  clock,
  copy,
  details: listChecks,
  down: chevronDown,
  download,
  edit: pencil,
  file: fileText,
  flag,
  forward,
  info,
  lock: lockKeyhole,
  look: palette,
  microphone: mic,
  next: chevronRight,
  pause,
  person: userRound,
  play,
  picture: image,
  poll: chartBarBig,
  camera,
  reply,
  select: circleCheck,
  send: sendHorizontal,
  share: share2,
  shield: shieldCheck,
  smile: faceSlightlySmiling,
  smilePlus: faceSlightlySmilingPlus,
  sound: volume2,
  starOff,
  system: monitor,
  undo: undo2,
  up: chevronUp,
  video,
  zoomIn,
  zoomOut,
} as const;
