import { expect, test } from "vitest";
import type { Message } from "../../../schema/wire/message.ts";
import { Selected } from "../../../web/conversation/selected.ts";

const message = (seq: number, unsentAt: number | null = null) => ({ seq, unsentAt }) as Message;
const seqs = (selected: Selected) => [...(selected.picked.getSnapshot()?.keys() ?? [])].toSorted((a, b) => a - b);

test("[W87] messages are selected one by one and by ranges, in both directions, without those that were unsent", () => {
  const selected = new Selected();
  const loaded = Array.from({ length: 9 }, (_each, index) => message(index + 1, index === 4 ? 1 : null));
  expect(selected.picked.getSnapshot()).toBeNull();
  selected.begin(message(3));
  selected.extendTo(message(6), loaded);
  expect(seqs(selected)).toEqual([3, 4, 6]);
  selected.toggle(message(9));
  selected.extendTo(message(7), loaded);
  expect(seqs(selected)).toEqual([3, 4, 6, 7, 8, 9]);
  selected.toggle(message(4));
  expect(seqs(selected)).toEqual([3, 6, 7, 8, 9]);
  selected.end();
  expect(selected.picked.getSnapshot()).toBeNull();
});

test("[W87] no more than a hundred are selected", () => {
  const selected = new Selected();
  selected.begin(message(1));
  selected.extendTo(
    message(500),
    Array.from({ length: 500 }, (_each, index) => message(index + 1)),
  );
  selected.toggle(message(400));
  expect(selected.picked.getSnapshot()?.size).toBe(100);
});

test("[W87] what is selected follows its messages: an edited one is copied as it is, an unsent one is selected no more", () => {
  const selected = new Selected();
  selected.begin(message(1));
  selected.toggle(message(2));
  selected.toggle(message(3));
  const edited = { ...message(2), text: "as it is now" };
  selected.follow([message(1, 5), edited, message(4)]);
  expect(seqs(selected)).toEqual([2, 3]);
  expect(selected.picked.getSnapshot()?.get(2)).toBe(edited);
});
