/** Owns what GET /sync asks for: a sync socket, or a poll that waits until the inbox changes. */
import { type IRequest, Router, type RouterType } from "itty-router";
import { notFound, refuse } from "../../../schema/errors.ts";
import { syncQuery, type SyncQuery } from "../../../schema/http/operations.ts";
import type { DeviceId } from "../../../schema/ids.ts";
import { parseWith } from "../../../schema/wire/frames/parse.ts";
import { readSubprotocols } from "../../../schema/wire/frames/version.ts";
import type { Actor } from "../../contract/actor.ts";
import { identityOf } from "../../shared/identity/identity.ts";
import { areRatesOff } from "../../shared/meters/rate-limits.ts";
import { answerJson, answerProblem } from "../../shared/platform/answers.ts";
import type { Env } from "../../shared/platform/env.ts";
import { signedOut } from "../account/signed-in/signed-out.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { AccountSide, PresenceCalls } from "../sides.ts";
import type { SyncSocket, SyncSockets } from "../sync-sockets.ts";
import type { CatchUp } from "./catch-up.ts";
import type { Polls } from "./polls.ts";

export type SyncRequestParts = {
  env: Pick<Env, "PARLEY_RATE_LIMITS">;
  account: Pick<AccountSide, "isDeviceKnown" | "newDevices">;
  inbox: Inbox;
  sockets: SyncSockets;
  polls: Polls;
  catchUp: CatchUp;
  presence: Pick<PresenceCalls, "polling" | "socketOpened">;
  /** These sockets were closed to make room. */
  ended: (sockets: readonly SyncSocket[]) => void;
};

export class SyncRequests {
  readonly #parts: SyncRequestParts;
  readonly #router: RouterType<IRequest, []>;

  constructor(parts: SyncRequestParts) {
    this.#parts = parts;
    this.#router = Router<IRequest, []>()
      .get("/sync", (request) => this.#sync(request))
      .all("*", () => answerProblem(notFound.refusal));
  }

  async fetch(request: Request): Promise<Response> {
    return await this.#router.fetch(request);
  }

  async #sync(request: IRequest): Promise<Response> {
    const { env, account, sockets, presence } = this.#parts;
    const actor = identityOf(request.headers);
    if (!account.isDeviceKnown(actor.deviceId)) return answerProblem(signedOut.refusal);
    const query = parseWith<SyncQuery>(syncQuery, Object.fromEntries(new URL(request.url).searchParams));
    if (!query.ok) return answerProblem(query.refusal);
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      const poll = () => this.#poll(actor.deviceId, query.value, request.signal);
      return await presence.polling(actor.deviceId, poll);
    }
    const waitMs = areRatesOff(env) ? 0 : sockets.openingWaitMs(actor.deviceId);
    if (waitMs > 0) return answerProblem(refuse("rate_limited", "this device opens sockets too fast", waitMs).refusal);
    return this.#upgrade(actor, query.value, request.headers);
  }

  #upgrade(actor: Actor, { since, epoch }: SyncQuery, asked: IRequest["headers"]): Response {
    const { account, inbox, sockets, catchUp, presence, ended } = this.#parts;
    const { 0: client, 1: server } = new WebSocketPair();
    ended(sockets.makeRoom(actor.deviceId));
    const entry = sockets.accept(server, actor);
    presence.socketOpened(actor.deviceId);
    catchUp.begin(entry, { since, epoch }, account.newDevices(actor.deviceId));
    // The rows of large groups were sent as they are stored. What is newer follows.
    inbox.pulls.beginSoon();
    // This comes after the greeting, which may raise the version to that of the device: a pong is never below a hello.
    sockets.setPong(inbox.version);
    const { protocol } = readSubprotocols(asked.get("sec-websocket-protocol"));
    const headers = new Headers();
    if (protocol !== undefined) headers.set("sec-websocket-protocol", protocol);
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  async #poll(device: DeviceId, { since, epoch, wait }: SyncQuery, signal: AbortSignal): Promise<Response> {
    const { account, inbox, polls } = this.#parts;
    const start = inbox.startOf(since, epoch);
    const first = inbox.page(start.since);
    const answer = (page = inbox.page(start.since), reset = false): Response =>
      answerJson(inbox.answer(page, reset, account.newDevices(device)));
    if (start.reset || first.texts.length > 0) return answer(first, start.reset);
    if (wait > 0) {
      const waiting = polls.wait(device, wait * 1000, signal);
      // What was newer at the beginning ends the wait, as does what large groups send meanwhile.
      inbox.pulls.begin();
      const woken = await waiting;
      if (woken === "revoked") return answerProblem(signedOut.refusal);
      if (woken === "changed") return answer();
    }
    if (!signal.aborted) await inbox.pulls.look();
    // The device may have been signed out meanwhile.
    if (!account.isDeviceKnown(device)) return answerProblem(signedOut.refusal);
    return answer();
  }
}
