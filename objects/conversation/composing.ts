/** Owns which parts a conversation is made of, and how they are joined: first what is stored, then what goes out, then what answers calls. */
import { Awake } from "../shared/meters/awake.ts";
import { StorageRoom } from "../shared/meters/storage-room.ts";
import { Alarms } from "../shared/platform/alarms.ts";
import { Database } from "../shared/platform/database.ts";
import type { Env } from "../shared/platform/env.ts";
import type { LiveSockets } from "../shared/sockets/live-sockets.ts";
import { archiveOf } from "./archive/archive.ts";
import { Commands } from "./commands/commands.ts";
import { Intake } from "./commands/intake.ts";
import { LiveDoor } from "./doors/live-door.ts";
import { RelayDoor } from "./doors/relay-door.ts";
import { SubmitDoor } from "./doors/submit-door.ts";
import type { NotedEffect } from "./effects.ts";
import { FanOut } from "./fan-out/fan-out.ts";
import { Recent } from "./fan-out/stretches.ts";
import { Founding } from "./founding.ts";
import { Erasures } from "./history/erasures.ts";
import { Exports } from "./history/exports.ts";
import { LargeGroup } from "./large/large-group.ts";
import { livePartsOf } from "./live-parts.ts";
import { Copies } from "./membership/copies.ts";
import { Invites } from "./membership/invites.ts";
import { MemberCalls } from "./membership/member-calls.ts";
import { Membership } from "./membership/membership.ts";
import { Journal } from "./messages/journal.ts";
import { Messages } from "./messages/messages.ts";
import { Notices } from "./messages/notices.ts";
import { Sent } from "./messages/sent.ts";
import { DayQuotas } from "./meters/day-quotas.ts";
import { Throttle } from "./meters/throttle.ts";
import { WriteMeters } from "./meters/write-meters.ts";
import { keepOwn } from "./own-watermarks.ts";
import { Publisher } from "./publisher.ts";
import { Reads } from "./reads/reads.ts";
import { Search } from "./reads/search.ts";
import { hintArchive } from "./sealing/hint.ts";
import { Sealing } from "./sealing/sealing.ts";
import { Store } from "./store.ts";
import { conversationTables } from "./tables.ts";
import { ConversationUploads } from "./uploads/conversation-uploads.ts";
import { Withholding } from "./uploads/withholding.ts";
import { Writes } from "./writes.ts";

/** The parts that answer the object's calls and callbacks. */
export interface ConversationParts {
  readonly awake: Awake;
  readonly alarms: Alarms;
  readonly store: Store;
  readonly sockets: LiveSockets;
  readonly fanOut: FanOut;
  readonly large: LargeGroup;
  readonly writes: Writes;
  readonly sealing: Sealing;
  readonly members: MemberCalls;
  readonly copies: Copies;
  readonly invites: Invites;
  readonly founding: Founding;
  readonly reads: Reads;
  readonly exports: Exports;
  readonly search: Search;
  readonly erasures: Erasures;
  readonly uploads: ConversationUploads;
  readonly submits: SubmitDoor;
  readonly door: LiveDoor;
  readonly relayDoor: RelayDoor;
}

/** Makes the parts of the conversation that `ctx` stores. The order matters: what registers with the database first is read first after a rollback. */
export function composed(ctx: DurableObjectState, env: Env): ConversationParts {
  const db = new Database<NotedEffect>(ctx.storage, (effect) => {
    if (effect.do === "report written") dayQuotas.report(effect.userId, effect.units);
    else hintArchive(env, effect.conversationId);
  });
  const { conversationUploads, ...stored } = storedParts(ctx, env, db);
  const parts = { ...stored, ...livePartsOf(ctx, stored) };

  const fanOut = new FanOut(parts);
  const notices = new Notices(parts);
  const large = new LargeGroup({ ...parts, notices });
  const publisher = new Publisher({ ...parts, large, fanOut });
  const outlets = { fanOut, publisher, large };

  const throttle = new Throttle(parts);
  const invites = new Invites({ ...parts, throttle });
  const copies = new Copies(parts);
  const membership = new Membership({ ...parts, notices, large, invites, throttle });
  const writes = new Writes({ ...parts, ...outlets });
  const members = new MemberCalls({ ...parts, ...outlets, notices, throttle, writes, membership });
  const dayQuotas = new DayQuotas(parts);
  const sealing = new Sealing({ ...parts, fanOut, storage: ctx.storage.sql });
  const writers = { sealing, writes };
  conversationUploads.use(new Withholding({ ...parts, ...writers, large }));
  const meters = new WriteMeters(throttle, dayQuotas);
  const commands = new Commands({ ...parts, notices, large, ...writers, meters, publisher });
  const intake = new Intake({ commands, throttle });
  const door = new LiveDoor({ ...parts, intake, throttle });
  publisher.setPong();
  return {
    ...parts,
    uploads: conversationUploads,
    ...{ fanOut, large, writes, sealing, members, copies, invites },
    reads: new Reads({ ...parts, large }),
    exports: new Exports({ ...parts, large }),
    search: new Search({ ...parts, large }),
    erasures: new Erasures({ ...parts, ...writers, large, membership }),
    founding: new Founding({ ...parts, ...outlets, ...writers, notices, membership }),
    submits: new SubmitDoor({ ...parts, intake, fanOut }),
    door,
    relayDoor: new RelayDoor({ ...parts, door, intake }),
  };
}

/** What a conversation keeps: its state, messages, archive and uploads, and what it remembers of them while it is awake. */
function storedParts(ctx: DurableObjectState, env: Env, db: Database<NotedEffect>) {
  db.migrate(conversationTables);
  const alarms = new Alarms(ctx.storage, db);
  const archive = archiveOf(db, env);
  const store = new Store(db, archive.manifest);
  const messages = new Messages(db, archive.manifest, archive.rowsOut);
  const sent = new Sent(db, archive.fetched);
  const conversationUploads = new ConversationUploads({ env, db, alarms, store });
  keepOwn(db, { alarms, store, messages, sent });
  const room = new StorageRoom(ctx.storage.sql, "the conversation");
  const kept = { store, messages, sent, journal: new Journal(db), recent: new Recent(), room };
  return {
    env,
    db,
    alarms,
    awake: new Awake(),
    ...kept,
    ...archive,
    ...conversationUploads.parts,
    conversationUploads,
  };
}
