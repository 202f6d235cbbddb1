/** Owns when a group becomes large and when it is full, and by whom the inboxes of a large group are called. Tests lower the marks, or make the calls themselves. */
import { batches, limits } from "../../../schema/limits.ts";

export const largeMarks: {
  smallGroupMembersMax: number;
  largeGroupMembersMax: number;
  /** Members of a group while it is imported. */
  importGroupMembersMax: number;
  /** Whether hints are sent to the queue's consumer. A test may do the consumer's work itself. */
  sendsHints: boolean;
  /** Whether the inboxes of those who act are called at once. A test may look at what is due to them instead. */
  callsInboxes: boolean;
} = {
  smallGroupMembersMax: limits.smallGroupMembersMax,
  largeGroupMembersMax: limits.largeGroupMembersMax,
  importGroupMembersMax: batches.importGroupMembers,
  sendsHints: true,
  callsInboxes: true,
};
