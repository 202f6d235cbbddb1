import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { z } from "zod";
import { liveFrame, syncFrame } from "../../../client/link/frames.ts";
import { fromLeader, readTabMessage, tabsVersion, toLeader } from "../../../client/tabs/tab-messages.ts";
import { upFrame } from "../../../schema/wire/frames/up.ts";

it("[C21] the version by which tabs know each other names the shapes of all that goes from one to another", () => {
  const shapes = [toLeader, fromLeader, syncFrame, liveFrame, upFrame].map((shape) =>
    z.toJSONSchema(shape, { io: "input", unrepresentable: "any" }),
  );
  const digest = createHash("sha256").update(JSON.stringify(shapes)).digest("base64url").slice(0, 12);
  expect(tabsVersion, `set tabsVersion in client/tabs/tab-messages.ts to "${digest}"`).toBe(digest);
});

it("[C21] a message of a tab of another version is not read, but for its sender", () => {
  const message = { v: tabsVersion, from: "other", kind: "text", n: 1, ports: ["p"], text: "[]" };
  expect(readTabMessage(message, "me")).toMatchObject({ as: "order", from: "other" });
  expect(readTabMessage({ ...message, v: "newer" }, "me")).toEqual({ as: "stranger", from: "other", kind: "text" });
  for (const nothing of [
    { ...message, n: "one" },
    { ...message, to: "somebody else" },
    { ...message, from: "me" },
    null,
    "text",
  ])
    expect(readTabMessage(nothing, "me")).toBeUndefined();
});
