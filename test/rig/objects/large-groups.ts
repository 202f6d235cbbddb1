/** For tests of large groups: groups may become large, with their fourth member, and no hints go to the queue. */
import { afterEach, beforeEach } from "vitest";
import { largeMarks } from "../../../objects/conversation/large/marks.ts";
import { limits } from "../../../schema/limits.ts";

/** In each test of the file. */
export function openLargeGroups(): void {
  beforeEach(() => Object.assign(largeMarks, { isOpen: true, smallGroupMembersMax: 3, sendsHints: false }));
  afterEach(() =>
    Object.assign(largeMarks, { isOpen: false, smallGroupMembersMax: limits.smallGroupMembersMax, sendsHints: true }),
  );
}
