/** Owns whether groups may become large, and when they do. They may not yet: the inboxes of their members do not ask for their rows. Tests open it, and lower the mark. */
import { limits } from "../../../schema/limits.ts";

export const largeMarks: {
  isOpen: boolean;
  smallGroupMembersMax: number;
  /** Whether hints are sent to the queue's consumer. A test may do the consumer's work itself. */
  sendsHints: boolean;
  /** Whether the inboxes of those who act are called at once. A test may look at what is due to them instead. */
  callsInboxes: boolean;
} = {
  isOpen: false,
  smallGroupMembersMax: limits.smallGroupMembersMax,
  sendsHints: true,
  callsInboxes: true,
};
