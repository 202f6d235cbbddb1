/** Owns what pictures and files cost, by the server's meters: until they are completed, sent, and looked at. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cost } from "../../objects/shared/platform/meter.ts";
import { ask } from "../../test/rig/server/http.ts";
import { costBy, dollarsPerMillionOf, objectRequestsOf, readCost } from "../cost/meter.ts";
import { type Bench, freshen } from "./gather.ts";

const settleMs = 8_000;
const mib = 1_048_576;

export interface PictureCost {
  readonly title: string;
  readonly spent: Cost;
  readonly objectRequests: number;
  readonly dollarsPerMillion: number;
}

interface Shape {
  readonly bytes: number;
  readonly previewBytes: number | null;
}

export async function pictureCost(bench: Bench, isQuick: boolean): Promise<PictureCost[]> {
  const count = isQuick ? 5 : 20;
  const small: Shape = { bytes: mib, previewBytes: null };
  const usual: Shape = { bytes: 2 * mib, previewBytes: 60_000 };
  const large: Shape = { bytes: 100 * mib, previewBytes: null };
  const text = await costOf(bench, count, () => send(bench, []));
  const send1 = async (ids: string[]): Promise<void> => {
    const [id] = ids.splice(0, 1);
    if (id !== undefined) await send(bench, [id]);
  };
  const [made, sent]: [string[], string[]] = [[], []];
  const up = (shape: Shape) => async (): Promise<void> => void made.push(await upload(bench, shape));
  const row = (title: string, spent: Cost): PictureCost => ({
    title,
    spent,
    objectRequests: objectRequestsOf(spent),
    dollarsPerMillion: dollarsPerMillionOf(spent),
  });
  const rows = [
    row("a picture, completed", await costOf(bench, count, up(small))),
    row("a picture with a preview, completed", await costOf(bench, count, up(usual))),
  ];
  sent.push(...made);
  const ids = [...made];
  const sending = await costOf(bench, count, () => send1(ids));
  rows.push(
    row(
      "sent, beyond what a text costs",
      costBy((name) => sending[name] - text[name]),
    ),
    row("looked at: an address, and its bytes", await costOf(bench, count, () => look(bench, sent.shift() ?? ""))),
    row("a file of 100 MiB, completed", await costOf(bench, isQuick ? 1 : 3, up(large))),
  );
  return rows;
}

async function costOf({ parley }: Bench, times: number, work: () => Promise<void>): Promise<Cost> {
  await sleep(settleMs);
  const before = await readCost(parley);
  for (let n = 0; n < times; n++) await work();
  await sleep(settleMs);
  const after = await readCost(parley);
  return costBy((name) => (after[name] - before[name]) / times);
}

async function upload({ people, chats, parley }: Bench, { bytes, previewBytes }: Shape): Promise<string> {
  const { uploader } = people;
  await freshen(uploader);
  const one = async (length: number, facts: Record<string, unknown>): Promise<string> => {
    const file = { name: "picture.png", type: "image/png", bytes: length };
    const path = `/v1/conversations/${chats.costs}/uploads`;
    const begun = await uploader.must<{ uploadId: string; partBytes: number; parts: number }>(201, "POST", path, file);
    for (let n = 1; n <= begun.parts; n++) {
      const rawBody = pngOf(Math.min(begun.partBytes, length - (n - 1) * begun.partBytes), n === 1);
      const asked = { token: uploader.token, rawBody };
      const { status } = await ask(parley.url, "PUT", `/v1/uploads/${begun.uploadId}/parts/${n}`, asked);
      if (status !== 204) throw new Error(`a part: ${status}`);
    }
    await uploader.must(200, "POST", `/v1/uploads/${begun.uploadId}/complete`, facts);
    return begun.uploadId;
  };
  const preview = previewBytes === null ? null : await one(previewBytes, {});
  return await one(bytes, preview === null ? {} : { preview });
}

/** Bytes that begin as a PNG does. */
function pngOf(length: number, isBeginning: boolean): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length).fill(7);
  if (isBeginning) bytes.set([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82]);
  return bytes;
}

async function send({ people, chats }: Bench, attachments: string[]): Promise<void> {
  await people.uploader.send(chats.costs, "a message of the bench", attachments.length === 0 ? {} : { attachments });
}

async function look({ people, parley }: Bench, id: string): Promise<void> {
  await freshen(people.reader);
  const asked = { ids: [{ id, variant: "original" }] };
  const { addresses } = await people.reader.must<{ addresses: { url: string }[] }>(
    200,
    "POST",
    "/v1/attachments/addresses",
    asked,
  );
  const { pathname, search } = new URL(addresses[0]?.url ?? "", parley.url);
  const answer = await fetch(parley.url + pathname + search);
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`the bytes: ${answer.status}`);
}
