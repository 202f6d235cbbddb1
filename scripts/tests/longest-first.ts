/**
 * The order in which files begin, within what runs at the same time. vitest knows from earlier runs how long they take, but not in a new clone; there a long file
 * that begins last makes everybody wait for it. The longest are named here.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const longest = [
  // This one only waits, most of the time.
  "real-time/dead-letters",
  ...["account", "large", "archive", "people", "uploads", "relays", "sdk", "inbox", "messages"].map(
    (name) => `objects/suites/${name}`,
  ),
  ...["real-time/presence", "system/push", "system/imports", "system/large-groups", "system/http-accounts"],
  ...["browser/messages/message-actions", "browser/chats/attachments", "browser/push/notifications"],
  ...["browser/access/accessible", "browser/interruptions/kill", "browser/history/history"],
  ...["browser/push/actions", "browser/push/whole", "browser/chats/search", "browser/chats/large-groups"],
  ...["browser/interruptions/offline", "browser/access/keyboard", "browser/access/languages", "browser/chats/media"],
];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const orderOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    const rankOf = ({ moduleId }: TestSpecification) => {
      const rank = longest.findIndex((name) => moduleId.includes(`/test/${name}.`));
      return rank < 0 ? longest.length : rank;
    };
    return (await super.sort(files)).sort((a, b) => orderOf(a) - orderOf(b) || rankOf(a) - rankOf(b));
  }
}
