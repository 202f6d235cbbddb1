/** What becomes a file: an export that is whole. One that was cut off, however, is none. */
import { expect, test } from "vitest";
import { gatherLines } from "../../../web/browser/save-lines.ts";

const lines = ['{"type":"conversation"}\n{"type":"mess', 'age","text":"wörd"}\n', '{"type":"end","head":{"seq":1}}\n'];

function streamed(chunks: readonly string[], end: (controller: ReadableStreamDefaultController) => void): Response {
  const encoder = new TextEncoder();
  const left = [...chunks];
  return new Response(
    new ReadableStream({
      pull: (controller) => {
        const next = left.shift();
        if (next === undefined) end(controller);
        else controller.enqueue(encoder.encode(next));
      },
    }),
  );
}
const closed = (controller: ReadableStreamDefaultController): void => controller.close();

test("[W71] an export that is whole is saved as it came, and the page knows how far it is", async () => {
  const seen: number[] = [];
  const file = await gatherLines(streamed(lines, closed), (bytes) => seen.push(bytes));
  expect(await file?.text()).toBe(lines.join(""));
  expect(seen.at(-1)).toBe(new TextEncoder().encode(lines.join("")).length);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.length).toBe(3);
});

test("[W71] an export that breaks off, by a fault or by its end, is not saved", async () => {
  const broken = (controller: ReadableStreamDefaultController): void =>
    controller.error(new TypeError("network error"));
  expect(await gatherLines(streamed(lines.slice(0, 2), broken), () => undefined)).toBeNull();
  expect(await gatherLines(streamed(lines, broken), () => undefined)).toBeNull();
  expect(await gatherLines(streamed(lines.slice(0, 2), closed), () => undefined)).toBeNull();
  // A text may look like an end.
  const within = ['{"type":"message","text":"{\\"type\\":\\"end\\"}"}\n'];
  expect(await gatherLines(streamed(within, closed), () => undefined)).toBeNull();
});
