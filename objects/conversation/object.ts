/** Owns one conversation: has the calls that others make, and what the platform calls. The parts that answer are joined in composing.ts. It has no SQL and no rules. */
import { DurableObject } from "cloudflare:workers";
import type { Outcome } from "../../schema/errors.ts";
import type { DeviceId, InviteId, Rev, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import type { ConversationCalls, DmFounding, GroupFounding } from "../contract/conversation-calls.ts";
import type { Env } from "../shared/platform/env.ts";
import { answerFault } from "../shared/sockets/live-frames.ts";
import { answerClose } from "../shared/sockets/sockets.ts";
import { composed, type ConversationParts } from "./composing.ts";
import { type FanOut, fanOutAlarm } from "./fan-out/fan-out.ts";
import { archiveAlarm } from "./sealing/sealing.ts";

type Asked<Name extends keyof ConversationCalls> = Parameters<ConversationCalls[Name]>;
type Answer<Name extends keyof ConversationCalls> = ReturnType<ConversationCalls[Name]>;

export class ConversationObject extends DurableObject<Env> implements ConversationCalls {
  readonly #parts: ConversationParts;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#parts = composed(ctx, env);
    const { alarms, fanOut, large, sealing, store, uploads } = this.#parts;
    alarms.use(
      {
        [fanOutAlarm]: () => fanOut.settle(),
        [archiveAlarm]: (alarm) => sealing.rung(alarm),
        ...uploads.alarmHandlers,
        ...large.alarmHandlers,
      },
      (isOurs) => this.#caller.rung(isOurs),
    );
    // An alarm that is set means that some inbox may be behind. Nothing else is done before this is known.
    if (store.state !== undefined) void ctx.blockConcurrencyWhile(async () => this.#caller.woke(await alarms.look()));
  }

  /** What calls the members' inboxes. */
  get #caller(): Pick<FanOut, "woke"> & { rung: (isOurs: boolean) => Promise<void> | void } {
    const { store, large, fanOut } = this.#parts;
    return store.state?.members.kind === "large" ? large : fanOut;
  }

  // Founding and commands

  async found(founding: DmFounding | GroupFounding): Answer<"found"> {
    return await this.#parts.founding.found(founding);
  }

  submit(...asked: Asked<"submit">): Answer<"submit"> {
    return this.#parts.submits.submit(...asked);
  }

  submitPacked(...asked: Asked<"submitPacked">): Answer<"submitPacked"> {
    return this.#parts.submits.submitPacked(...asked);
  }

  // Members and invites

  async view(viewer: UserId): Answer<"view"> {
    return this.#parts.members.view(viewer);
  }

  async members(...[viewer, cursor, limit, q]: Asked<"members">): Answer<"members"> {
    return this.#parts.members.page(viewer, { cursor, limit, q });
  }

  async hasMember(viewer: UserId, userId: UserId): Promise<Outcome<boolean>> {
    return this.#parts.members.has(viewer, userId);
  }

  async newcomers(by: UserId, userIds: UserId[]): Answer<"newcomers"> {
    return this.#parts.members.newcomers(by, userIds);
  }

  async patch(...asked: Asked<"patch">): Answer<"patch"> {
    return this.#parts.members.patch(...asked);
  }

  async putMember(...asked: Asked<"putMember">): Answer<"putMember"> {
    return this.#parts.members.put(...asked);
  }

  async addMembers(...asked: Asked<"addMembers">): Answer<"addMembers"> {
    return this.#parts.members.add(...asked);
  }

  async removeMember(by: UserId, userId: UserId): Promise<Outcome<null>> {
    return this.#parts.members.remove(by, userId);
  }

  async createInvite(...[by, draft]: Asked<"createInvite">): Answer<"createInvite"> {
    return this.#parts.writes.change((tx, state) => this.#parts.invites.create(tx, state, by, draft));
  }

  async invites(by: UserId, cursor: string | undefined, limit: number): Answer<"invites"> {
    return this.#parts.invites.list(this.#parts.store.state, by, cursor, limit);
  }

  async previewInvite(secret: string): Promise<Outcome<{ title: string | null; memberCount: number }>> {
    return this.#parts.invites.preview(this.#parts.store.state, secret);
  }

  async deleteInvite(by: UserId, secret: string): Promise<Outcome<null>> {
    return this.#parts.writes.change((tx, state) => this.#parts.invites.end(tx, state, by, { secret }));
  }

  async endInvite(by: UserId, id: InviteId): Promise<Outcome<null>> {
    return this.#parts.writes.change((tx, state) => this.#parts.invites.end(tx, state, by, { id }));
  }

  async mayAccept(userId: UserId, secret: string): Promise<Outcome<{ isMember: boolean }>> {
    return this.#parts.members.mayAccept(userId, secret);
  }

  async acceptInvite(...asked: Asked<"acceptInvite">): Answer<"view"> {
    return this.#parts.members.acceptInvite(...asked);
  }

  // Reading

  async page(...asked: Asked<"page">): Answer<"page"> {
    return this.#parts.reads.page(...asked);
  }

  async message(viewer: UserId, seq: Seq): Answer<"message"> {
    return this.#parts.reads.message(viewer, seq);
  }

  async changes(...asked: Asked<"changes">): Answer<"changes"> {
    return this.#parts.reads.changes(...asked);
  }

  async verify(viewer: UserId, from: Seq, to: Seq): Answer<"verify"> {
    return this.#parts.reads.verify(viewer, from, to);
  }

  async export(...asked: Asked<"export">): Answer<"export"> {
    return this.#parts.exports.page(...asked);
  }

  async ownWords(userId: UserId, after: Seq): Answer<"ownWords"> {
    return this.#parts.exports.own(userId, after);
  }

  async search(...asked: Asked<"search">): Answer<"search"> {
    return this.#parts.search.search(...asked);
  }

  async segmentsToSearch(...asked: Asked<"segmentsToSearch">): Answer<"segmentsToSearch"> {
    return this.#parts.search.segments(...asked);
  }

  async messagesAt(...asked: Asked<"messagesAt">): Answer<"messagesAt"> {
    return this.#parts.search.messagesAt(...asked);
  }

  async chosen(...asked: Asked<"chosen">): Answer<"chosen"> {
    return this.#parts.reads.chosen(...asked);
  }

  async pins(viewer: UserId): Answer<"pins"> {
    return this.#parts.reads.pins(viewer);
  }

  async attached(...asked: Asked<"attached">): Answer<"attached"> {
    return this.#parts.uploads.list.page(...asked);
  }

  // History as a whole, uploads

  async archive(...[done]: Asked<"archive">): Answer<"archive"> {
    return this.#parts.sealing.serve(done);
  }

  async import(...[step]: Asked<"import">): Answer<"import"> {
    return await this.#parts.founding.import(step);
  }

  // From the objects of users

  async personChanged(...[person]: Asked<"personChanged">): Promise<void> {
    this.#parts.writes.apply((tx, state, effects) => this.#parts.copies.personChanged(tx, state, person, effects));
  }

  async memberChanged(...[change]: Asked<"memberChanged">): Promise<{ isOlder: boolean }> {
    const isOlder = this.#parts.writes.apply((tx, state, effects) =>
      this.#parts.copies.memberChanged(tx, state, change, effects),
    );
    return { isOlder: isOlder ?? false };
  }

  async requestEnded(userId: UserId, rev: Rev): Promise<void> {
    this.#parts.writes.apply((tx, _state, effects) => this.#parts.copies.requestEnded(tx, userId, rev, effects));
  }

  async eraseMember(...asked: Asked<"eraseMember">): Promise<{ next: Seq | null }> {
    return this.#parts.erasures.erase(...asked);
  }

  async heardLive(userId: UserId, deviceId: DeviceId): Promise<TimeMs | null> {
    return await this.#parts.door.heard(userId, deviceId);
  }

  async rowOf(...asked: Asked<"rowOf">): Answer<"rowOf"> {
    return this.#parts.large.rowOf(...asked);
  }

  async fanOutPage(...asked: Asked<"fanOutPage">): Answer<"fanOutPage"> {
    return this.#parts.large.page(...asked);
  }

  async upload(...[by, ask]: Asked<"upload">): Answer<"upload"> {
    return await this.#parts.uploads.answer(by, ask);
  }

  async deviceRevoked(userId: UserId, deviceId: DeviceId): Promise<void> {
    await this.#parts.door.deviceRevoked(userId, deviceId);
  }

  // From relays

  async relayJoin(...asked: Asked<"relayJoin">): Answer<"relayJoin"> {
    this.#parts.alarms.rouse();
    return this.#parts.relayDoor.join(...asked);
  }

  async relayLeft(...[number, sockets]: Asked<"relayLeft">): Promise<void> {
    this.#parts.relayDoor.left(number, sockets);
  }

  async relayAsks(...[number, asks]: Asked<"relayAsks">): Promise<{ life: string }> {
    this.#parts.alarms.rouse();
    return this.#parts.relayDoor.ask(number, asks);
  }

  // What the platform calls

  override fetch(request: Request): Promise<Response> {
    this.#parts.alarms.rouse();
    return this.#parts.door.fetch(request);
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    this.#parts.alarms.rouse();
    try {
      this.#parts.door.receive(socket, data);
    } catch (error) {
      answerFault(socket, error);
    }
  }

  override webSocketClose(socket: WebSocket): void {
    this.#parts.sockets.forget(socket);
    answerClose(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#parts.sockets.forget(socket);
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.#parts.awake.during(this.#parts.alarms.run(info));
  }
}
