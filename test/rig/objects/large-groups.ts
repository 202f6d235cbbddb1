/** For tests of large groups: groups become large with their fourth member, and no hints go to the queue. */
import { afterEach, beforeEach } from "vitest";
import { largeMarks } from "../../../objects/conversation/large/marks.ts";
import { limits } from "../../../schema/limits.ts";

const asInProduction = {
  smallGroupMembersMax: limits.smallGroupMembersMax,
  largeGroupMembersMax: limits.largeGroupMembersMax,
  sendsHints: true,
  callsInboxes: true,
};

/** In each test of the file. `callsInboxes` false: those who act are not called either, so that what is due to them stays. */
export function openLargeGroups({ callsInboxes = true }: { callsInboxes?: boolean } = {}): void {
  const marks = { smallGroupMembersMax: 3, sendsHints: false, callsInboxes };
  beforeEach(() => Object.assign(largeMarks, marks));
  afterEach(() => Object.assign(largeMarks, asInProduction));
}
