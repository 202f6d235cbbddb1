/**
 * Owns exports as streams of lines (NDJSON). Pages are fetched as the client reads, so that neither this Worker nor an object holds more than a page.
 * An unfinished stream has no `end` line. It ends early if the reader lost the right to it, and breaks off if an object did not answer.
 */
import type { Actor } from "../../objects/contract/actor.ts";
import type { ExportPage, ExportPlace, ExportRows } from "../../objects/contract/transfer/exporting.ts";
import { ask, call, userStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { logFault } from "../../objects/shared/platform/log.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { ConversationId, Seq } from "../../schema/ids.ts";
import { linesType } from "../../schema/http/export.ts";
import { batches, limits } from "../../schema/limits.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import { type Hidden, isHidden } from "../../core/marks/hidden.ts";
import { withoutHiddenContent } from "../../core/reads/export-lines.ts";
import { Reports } from "../../objects/shared/reports/reports.ts";
import { hidesIn } from "./hides.ts";
import { readExport, readOwnWords } from "./read-exports.ts";
import { shownLine } from "../profiles.ts";
import { checkDevice } from "../auth.ts";
import { askSecurity } from "../security/ask.ts";
import { withAddresses } from "../media/exported.ts";
import { paced } from "./paced.ts";

/** How often a page is asked for if its object does not answer, and the wait before each repeat. */
const triesMax = 5;
const waitMs = 400;

type Page = ExportPage<ExportPlace>;

/** A page without the content of what the reader has hidden. */
function shownOf(page: Page, hidden: Hidden): Page {
  return { ...page, lines: withoutHiddenContent(page.lines, (seq) => isHidden({ hidden }, seq)) };
}

/** The response, or the refusal. The first page is fetched before this is decided. */
export async function exportConversation(
  env: Env,
  request: Request,
  actor: Actor,
  id: ConversationId,
): Promise<Outcome<Response>> {
  const { userId: viewer } = actor;
  const hides = await hidesIn(env, viewer, [id]);
  if (!hides.ok) return hides;
  const { cleared, hidden = [] } = hides.value.get(id) ?? {};
  const page = async (place: ExportPlace | null): Promise<Outcome<Page>> => {
    const read = await readExport(env, id, viewer, place, cleared);
    const shown = hidden.length === 0 || !read.ok ? read : done(shownOf(read.value, hidden));
    return await withAddresses(env, request, { id, viewer, isOwn: false }, shown);
  };
  const first = await page(null);
  if (!first.ok) return first;
  return charged(env, actor, async function* () {
    yield await shownLine(env, first.value.lines);
    let { next } = first.value;
    while (next !== null) {
      const place: ExportPlace = next;
      const { lines, next: after } = await insist(env, actor, () => page(place));
      yield lines;
      next = after;
    }
  });
}

/** Everything that is stored about the user: the data of their own object, and what they wrote in each of their conversations. */
export function exportSelf(env: Env, request: Request, actor: Actor): Promise<Outcome<Response>> {
  const { userId, deviceId } = actor;
  const self = (): ReturnType<typeof userStub> => userStub(env, userId);
  const rowsAfter = (after: ConversationId | null): Promise<Outcome<ExportRows>> =>
    call("user.exportRows", () => self().exportRows(after));
  return charged(env, actor, async function* () {
    const me = await insist(env, actor, () => ask("user.me", () => self().me()));
    yield line({ type: "me", ...me });
    const devices = await insist(env, actor, () => ask("user.devices", () => self().devices(deviceId)));
    yield devices.map((device) => line({ type: "device", ...device })).join("");
    const addresses = await insist(env, actor, () => call("user.pushAddresses", () => self().pushAddresses()));
    yield addresses.map((address) => line({ type: "subscription", ...address })).join("");
    const security = await insist(env, actor, () => askSecurity(env, userId, { do: "show" }));
    yield security.passkeys.map((passkey) => line({ type: "passkey", ...passkey })).join("");
    yield line({ type: "recoveryCodes", ...security.recoveryCodes, secondFactor: security.secondFactor });
    yield* list(env, actor, async (cursor) => {
      const page = await ask("user.contacts", () => self().contacts(cursor, limits.listPageMax));
      return page.ok ? done({ ...page.value, items: page.value.contacts, type: "contact" }) : page;
    });
    yield* list(env, actor, async (cursor) => {
      const page = await ask("user.blocks", () => self().blocks(cursor, limits.listPageMax));
      return page.ok ? done({ ...page.value, items: page.value.blocks, type: "block" }) : page;
    });
    const reported = await insist(env, actor, () => new Reports(env).by(userId));
    yield reported
      .map(({ id, kind, reportedId, conversationId, seq, reason, note, at }) =>
        line({ type: "report", id, kind, reportedId, conversationId, seq, reason, note, at }),
      )
      .join("");
    let after: ConversationId | null = null;
    do {
      const place: ConversationId | null = after;
      const page: ExportRows = await insist(env, actor, () => rowsAfter(place));
      for (const row of page.rows) {
        yield line({ type: "conversation", ...withoutOthers(row, actor) });
        yield* ownWords(env, request, actor, row.conversationId);
      }
      after = page.next;
    } while (after !== null);
    yield line({ type: "end" });
  });
}

async function* ownWords(env: Env, request: Request, actor: Actor, id: ConversationId): AsyncGenerator<string> {
  const { userId: viewer } = actor;
  let after: Seq | null = 0;
  do {
    const place: Seq = after;
    const page: ExportPage<Seq> = await insist(env, actor, async () =>
      withAddresses(env, request, { id, viewer, isOwn: true }, await readOwnWords(env, id, viewer, place)),
    );
    yield page.lines;
    after = page.next;
  } while (after !== null);
}

type Listed = { type: string; items: readonly object[]; cursor: string | null };

async function* list(
  env: Env,
  actor: Actor,
  page: (cursor: string | undefined) => Promise<Outcome<Listed>>,
): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const at = cursor;
    const listed: Listed = await insist(env, actor, () => page(at));
    yield listed.items.map((item) => line({ type: listed.type, ...item })).join("");
    cursor = listed.cursor ?? undefined;
  } while (cursor !== undefined);
}

/** Takes the last message out of a row if another user wrote it. */
function withoutOthers(row: Summary, { userId }: Actor): Summary {
  return row.lastMessage === null || row.lastMessage.senderId === userId ? row : { ...row, lastMessage: null };
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** The stream ends here, because a repeat would be refused in the same way. */
class Over extends Error {}

/** Asks until there is an answer, `triesMax` times at most. Before each page the device must still be signed in. */
async function insist<T>(env: Env, actor: Actor, page: () => Promise<Outcome<T>>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const device = await checkDevice(env, { ...actor, generation: 0 });
    const answer = device.ok ? await page() : device;
    if (answer.ok) return answer.value;
    const { code } = answer.refusal;
    if (code !== "unavailable" && code !== "internal") throw new Over(code);
    if (tries === triesMax) throw new Error(`a page of an export could not be read: ${code}`);
    await scheduler.wait(tries * waitMs);
  }
}

async function charged(env: Env, actor: Actor, pages: () => AsyncGenerator<string>): Promise<Outcome<Response>> {
  const may = await ask("user.chargeExport", () => userStub(env, actor.userId).chargeExport());
  return may.ok
    ? done(answerLines(paced(pages(), { times: batches.exportRestTimes, msMax: batches.exportRestMsMax })))
    : may;
}

function answerLines(pages: AsyncGenerator<string>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          for (;;) {
            const { value, done: isEnd } = await pages.next();
            if (isEnd === true) return controller.close();
            if (value !== "") return controller.enqueue(encoder.encode(value));
          }
        } catch (error) {
          if (error instanceof Over) return controller.close();
          logFault("export", error);
          return controller.error(error);
        }
      },
      async cancel() {
        await pages.return(undefined);
      },
    },
    // Nothing is fetched before the client reads it.
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { "content-type": linesType, "cache-control": "no-store" } });
}
