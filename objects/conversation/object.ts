/** Owns one conversation: composes its parts, and has the calls that others make. It has no SQL and no rules. */
import { DurableObject } from "cloudflare:workers";
import type { Outcome } from "../../schema/errors.ts";
import type { DeviceId, InviteId, Rev, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import { Awake } from "../shared/meters/awake.ts";
import { Alarms } from "../shared/platform/alarms.ts";
import { Database } from "../shared/platform/database.ts";
import type { Env } from "../shared/platform/env.ts";
import { answerFault } from "../shared/sockets/live-frames.ts";
import type { LiveSockets } from "../shared/sockets/live-sockets.ts";
import { answerClose } from "../shared/sockets/sockets.ts";
import { StorageRoom } from "../shared/meters/storage-room.ts";
import { archiveOf } from "./archive/archive.ts";
import { hintArchive } from "./sealing/hint.ts";
import { archiveAlarm, Sealing } from "./sealing/sealing.ts";
import { Commands } from "./commands/commands.ts";
import { DayQuotas } from "./meters/day-quotas.ts";
import { WriteMeters } from "./meters/write-meters.ts";
import { type ConversationDatabase, type NotedEffect } from "./effects.ts";
import type { ConversationCalls, DmFounding, GroupFounding } from "../contract/conversation-calls.ts";
import { Founding } from "./founding.ts";
import { FanOut, fanOutAlarm } from "./fan-out/fan-out.ts";
import { Intake } from "./commands/intake.ts";
import { SubmitDoor } from "./commands/submit-door.ts";
import { Invites } from "./membership/invites.ts";
import { Recent } from "./fan-out/stretches.ts";
import { LiveDoor } from "./live-door.ts";
import { livePartsOf } from "./live-parts.ts";
import { RelayDoor } from "./relay-door.ts";
import { LargeGroup } from "./large/large-group.ts";
import { Copies } from "./membership/copies.ts";
import { MemberCalls } from "./membership/member-calls.ts";
import { Membership } from "./membership/membership.ts";
import { Notices } from "./messages/notices.ts";
import { Erasures } from "./history/erasures.ts";
import { Exports } from "./history/exports.ts";
import { Journal } from "./messages/journal.ts";
import { Messages } from "./messages/messages.ts";
import { Sent } from "./messages/sent.ts";
import { Publisher } from "./publisher.ts";
import { Throttle } from "./meters/throttle.ts";
import { Reads } from "./reads/reads.ts";
import { Search } from "./reads/search.ts";
import { Store } from "./store.ts";
import { conversationTables } from "./tables.ts";
import { keepOwn } from "./own-watermarks.ts";
import { ConversationUploads } from "./uploads/conversation-uploads.ts";
import { Withholding } from "./uploads/withholding.ts";
import { Writes } from "./writes.ts";

type Asked<Name extends keyof ConversationCalls> = Parameters<ConversationCalls[Name]>;
type Answer<Name extends keyof ConversationCalls> = ReturnType<ConversationCalls[Name]>;

export class ConversationObject extends DurableObject<Env> implements ConversationCalls {
  readonly #awake = new Awake();
  readonly #db: ConversationDatabase;
  readonly #dayQuotas: DayQuotas;
  readonly #alarms: Alarms;
  readonly #store: Store;
  readonly #sockets: LiveSockets;
  readonly #fanOut: FanOut;
  readonly #writes: Writes;
  readonly #sealing: Sealing;
  readonly #members: MemberCalls;
  readonly #copies: Copies;
  readonly #large: LargeGroup;
  readonly #invites: Invites;
  readonly #founding: Founding;
  readonly #reads: Reads;
  readonly #exports: Exports;
  readonly #search: Search;
  readonly #erasures: Erasures;
  readonly #submits: SubmitDoor;
  readonly #door: LiveDoor;
  readonly #relayDoor: RelayDoor;
  readonly #uploads: ConversationUploads;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#db = new Database<NotedEffect>(ctx.storage, (effect) => this.#perform(effect));
    this.#db.migrate(conversationTables);
    this.#alarms = new Alarms(ctx.storage, this.#db);
    const archive = archiveOf(this.#db, env);
    this.#store = new Store(this.#db, archive.manifest);
    const messages = new Messages(this.#db, archive.manifest, archive.rowsOut);
    const sent = new Sent(this.#db, archive.fetched);
    const own = { alarms: this.#alarms, store: this.#store, messages, sent };
    this.#uploads = new ConversationUploads({ env, db: this.#db, alarms: this.#alarms, store: this.#store });
    keepOwn(this.#db, own);
    const held = { ...own, ...archive, env, db: this.#db, awake: this.#awake, journal: new Journal(this.#db) };
    const kept = { room: new StorageRoom(ctx.storage.sql, "the conversation"), recent: new Recent() };
    const parts = { ...held, ...kept, ...this.#uploads.parts, ...livePartsOf(ctx, held) };
    this.#sockets = parts.sockets;
    this.#fanOut = new FanOut(parts);
    const notices = new Notices(parts);
    const large = new LargeGroup({ ...parts, notices });
    this.#large = large;
    const publisher = new Publisher({ ...parts, large, fanOut: this.#fanOut });
    const throttle = new Throttle(parts);
    this.#invites = new Invites({ ...parts, throttle });
    this.#copies = new Copies(parts);
    const membership = new Membership({ ...parts, notices, large, invites: this.#invites, throttle });
    const outlets = { fanOut: this.#fanOut, publisher, large };
    this.#writes = new Writes({ ...parts, ...outlets });
    this.#members = new MemberCalls({ ...parts, ...outlets, notices, throttle, writes: this.#writes, membership });
    this.#reads = new Reads({ ...parts, large });
    this.#exports = new Exports({ ...parts, large });
    this.#search = new Search({ ...parts, large });
    this.#dayQuotas = new DayQuotas(parts);
    this.#sealing = new Sealing({ ...parts, fanOut: this.#fanOut, storage: ctx.storage.sql });
    const writers = { sealing: this.#sealing, writes: this.#writes };
    this.#erasures = new Erasures({ ...parts, ...writers, large, membership });
    this.#uploads.use(new Withholding({ ...parts, ...writers, large }));
    this.#founding = new Founding({ ...parts, ...outlets, ...writers, notices, membership });
    const meters = new WriteMeters(throttle, this.#dayQuotas);
    const commands = new Commands({ ...parts, notices, large, ...writers, meters, publisher });
    const intake = new Intake({ commands, throttle });
    this.#submits = new SubmitDoor({ ...parts, intake, fanOut: this.#fanOut });
    this.#door = new LiveDoor({ ...parts, intake, throttle });
    this.#relayDoor = new RelayDoor({ ...parts, door: this.#door, intake });
    publisher.setPong();
    this.#alarms.use(
      {
        [fanOutAlarm]: () => this.#fanOut.settle(),
        [archiveAlarm]: (alarm) => this.#sealing.rung(alarm),
        ...this.#uploads.alarmHandlers,
        ...this.#large.alarmHandlers,
      },
      (isOurs) => this.#caller.rung(isOurs),
    );
    // An alarm that is set means that some inbox may be behind. Nothing else is done before this is known.
    if (this.#store.state !== undefined)
      void ctx.blockConcurrencyWhile(async () => this.#caller.woke(await this.#alarms.look()));
  }

  get #caller(): Pick<FanOut, "woke"> & { rung: (isOurs: boolean) => Promise<void> | void } {
    return this.#store.state?.members.kind === "large" ? this.#large : this.#fanOut;
  }

  async found(founding: DmFounding | GroupFounding): Answer<"found"> {
    return await this.#founding.found(founding);
  }

  submit(...asked: Asked<"submit">): Answer<"submit"> {
    return this.#submits.submit(...asked);
  }

  submitPacked(...asked: Asked<"submitPacked">): Answer<"submitPacked"> {
    return this.#submits.submitPacked(...asked);
  }

  async view(viewer: UserId): Answer<"view"> {
    return this.#members.view(viewer);
  }

  async members(...[viewer, cursor, limit, q]: Asked<"members">): Answer<"members"> {
    return this.#members.page(viewer, { cursor, limit, q });
  }

  async hasMember(viewer: UserId, userId: UserId): Promise<Outcome<boolean>> {
    return this.#members.has(viewer, userId);
  }

  async newcomers(by: UserId, userIds: UserId[]): Answer<"newcomers"> {
    return this.#members.newcomers(by, userIds);
  }

  async patch(...asked: Asked<"patch">): Answer<"patch"> {
    return this.#members.patch(...asked);
  }

  async putMember(...asked: Asked<"putMember">): Answer<"putMember"> {
    return this.#members.put(...asked);
  }

  async addMembers(...asked: Asked<"addMembers">): Answer<"addMembers"> {
    return this.#members.add(...asked);
  }

  async removeMember(by: UserId, userId: UserId): Promise<Outcome<null>> {
    return this.#members.remove(by, userId);
  }

  async createInvite(...[by, draft]: Asked<"createInvite">): Answer<"createInvite"> {
    return this.#writes.change((tx, state) => this.#invites.create(tx, state, by, draft));
  }

  async invites(by: UserId, cursor: string | undefined, limit: number): Answer<"invites"> {
    return this.#invites.list(this.#store.state, by, cursor, limit);
  }

  async previewInvite(secret: string): Promise<Outcome<{ title: string | null; memberCount: number }>> {
    return this.#invites.preview(this.#store.state, secret);
  }

  async deleteInvite(by: UserId, secret: string): Promise<Outcome<null>> {
    return this.#writes.change((tx, state) => this.#invites.end(tx, state, by, { secret }));
  }

  async endInvite(by: UserId, id: InviteId): Promise<Outcome<null>> {
    return this.#writes.change((tx, state) => this.#invites.end(tx, state, by, { id }));
  }

  async mayAccept(userId: UserId, secret: string): Promise<Outcome<{ isMember: boolean }>> {
    return this.#members.mayAccept(userId, secret);
  }

  async acceptInvite(...asked: Asked<"acceptInvite">): Answer<"view"> {
    return this.#members.acceptInvite(...asked);
  }

  async page(...asked: Asked<"page">): Answer<"page"> {
    return this.#reads.page(...asked);
  }

  async message(viewer: UserId, seq: Seq): Answer<"message"> {
    return this.#reads.message(viewer, seq);
  }

  async changes(...asked: Asked<"changes">): Answer<"changes"> {
    return this.#reads.changes(...asked);
  }

  async verify(viewer: UserId, from: Seq, to: Seq): Answer<"verify"> {
    return this.#reads.verify(viewer, from, to);
  }

  async export(...asked: Asked<"export">): Answer<"export"> {
    return this.#exports.page(...asked);
  }

  async ownWords(userId: UserId, after: Seq): Answer<"ownWords"> {
    return this.#exports.own(userId, after);
  }

  async search(...asked: Asked<"search">): Answer<"search"> {
    return this.#search.search(...asked);
  }

  async segmentsToSearch(...asked: Asked<"segmentsToSearch">): Answer<"segmentsToSearch"> {
    return this.#search.segments(...asked);
  }

  async messagesAt(...asked: Asked<"messagesAt">): Answer<"messagesAt"> {
    return this.#search.messagesAt(...asked);
  }

  async chosen(...asked: Asked<"chosen">): Answer<"chosen"> {
    return this.#reads.chosen(...asked);
  }

  async pins(viewer: UserId): Answer<"pins"> {
    return this.#reads.pins(viewer);
  }

  async attached(...asked: Asked<"attached">): Answer<"attached"> {
    return this.#uploads.list.page(...asked);
  }

  async archive(...[done]: Asked<"archive">): Answer<"archive"> {
    return this.#sealing.serve(done);
  }

  async import(...[step]: Asked<"import">): Answer<"import"> {
    return await this.#founding.import(step);
  }

  async personChanged(...[person]: Asked<"personChanged">): Promise<void> {
    this.#writes.apply((tx, state, effects) => this.#copies.personChanged(tx, state, person, effects));
  }

  async memberChanged(...[change]: Asked<"memberChanged">): Promise<{ isOlder: boolean }> {
    const isOlder = this.#writes.apply((tx, state, effects) => this.#copies.memberChanged(tx, state, change, effects));
    return { isOlder: isOlder ?? false };
  }

  async requestEnded(userId: UserId, rev: Rev): Promise<void> {
    this.#writes.apply((tx, _state, effects) => this.#copies.requestEnded(tx, userId, rev, effects));
  }

  async eraseMember(...asked: Asked<"eraseMember">): Promise<{ next: Seq | null }> {
    return this.#erasures.erase(...asked);
  }

  async heardLive(userId: UserId, deviceId: DeviceId): Promise<TimeMs | null> {
    return await this.#door.heard(userId, deviceId);
  }

  async rowOf(...asked: Asked<"rowOf">): Answer<"rowOf"> {
    return this.#large.rowOf(...asked);
  }

  async fanOutPage(...asked: Asked<"fanOutPage">): Answer<"fanOutPage"> {
    return this.#large.page(...asked);
  }

  async upload(...[by, ask]: Asked<"upload">): Answer<"upload"> {
    return await this.#uploads.answer(by, ask);
  }

  async deviceRevoked(userId: UserId, deviceId: DeviceId): Promise<void> {
    await this.#door.deviceRevoked(userId, deviceId);
  }

  async relayJoin(...asked: Asked<"relayJoin">): Answer<"relayJoin"> {
    this.#alarms.rouse();
    return this.#relayDoor.join(...asked);
  }

  async relayLeft(...[number, sockets]: Asked<"relayLeft">): Promise<void> {
    this.#relayDoor.left(number, sockets);
  }

  async relayAsks(...[number, asks]: Asked<"relayAsks">): Promise<{ life: string }> {
    this.#alarms.rouse();
    return this.#relayDoor.ask(number, asks);
  }

  override fetch(request: Request): Promise<Response> {
    this.#alarms.rouse();
    return this.#door.fetch(request);
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    this.#alarms.rouse();
    try {
      this.#door.receive(socket, data);
    } catch (error) {
      answerFault(socket, error);
    }
  }

  override webSocketClose(socket: WebSocket): void {
    this.#sockets.forget(socket);
    answerClose(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#sockets.forget(socket);
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.#awake.during(this.#alarms.run(info));
  }

  #perform(effect: NotedEffect): void {
    if (effect.do === "report written") this.#dayQuotas.report(effect.userId, effect.units);
    else hintArchive(this.env, effect.conversationId);
  }
}
