/** Owns a conversation's live socket as the tab that leads shares it with the others. */
import type { LiveLink } from "./live-link.ts";
import type { Receipts } from "../receipts/receipts.ts";
import type { Timeline } from "../timeline/timeline.ts";
import type { LiveDoor } from "../tabs/served-account.ts";

/** With what this tab itself does when its sockets go another way. */
export type OwnLiveDoor = LiveDoor & Pick<LiveLink, "moved" | "wake">;

export function liveDoorOf(live: LiveLink, timeline: Timeline, receipts: Receipts): OwnLiveDoor {
  return {
    status: live.status,
    get socket() {
      return live.socket;
    },
    hold: () => {
      live.start("tabs");
      return () => live.stop("tabs");
    },
    facts: () => {
      const { epoch, headSeq, headRev } = timeline.facts;
      return { epoch, head: { seq: headSeq, rev: headRev }, members: receipts.marks() };
    },
    moved: () => live.moved(),
    wake: () => live.wake(),
  };
}
