/** Owns what a try of each kind of task sends, and to whom. Each reads the present state and answers whether it was received. */
import {
  conversationId as conversationIdShape,
  deviceId as deviceIdShape,
  type Seq,
  userId as userIdShape,
  type UserId,
} from "../../schema/ids.ts";
import { Reports } from "../shared/reports/reports.ts";
import type { Directory } from "../shared/identity/directory.ts";
import { call, conversationStub, userStub } from "../shared/platform/calls.ts";
import type { Reader } from "../shared/platform/database.ts";
import type { Env } from "../shared/platform/env.ts";
import type { OneAtATime } from "../shared/platform/one-at-a-time.ts";
import type { TaskHandlers } from "../shared/tasks/tasks.ts";
import { readAccount, userOf } from "./account/account-store.ts";
import { guardOf, personOf } from "./account/copies.ts";
import type { Erased } from "./account/erased.ts";
import type { LiveDevices } from "./account/signed-in/live-devices.ts";
import { contactOf, erasedStamp } from "./people/people-store.ts";
import type { InboxCalls } from "./sides.ts";
import type { TaskKind } from "./user-tasks.ts";

export type HandlerParts = {
  env: Env;
  db: Reader;
  userId: UserId;
  directory: Directory;
  /** Handles are claimed and given up one after the other. */
  naming: OneAtATime;
  liveDevices: LiveDevices;
  erased: Erased;
  inbox: Pick<InboxCalls, "peerOf" | "acceptedAt">;
};

export class UserTaskHandlers implements TaskHandlers<TaskKind> {
  readonly #parts: HandlerParts;

  constructor(parts: HandlerParts) {
    this.#parts = parts;
  }

  /** The conversation closes the device's live sockets. */
  async deviceRevoked(subject: string): Promise<boolean> {
    const [device, conversation] = subject.split(" ");
    const answer = await call("conversation.deviceRevoked", () =>
      this.#conversation(conversation).deviceRevoked(this.#parts.userId, deviceIdShape.parse(device)),
    );
    return answer.ok;
  }

  /** The other person's object knows whether this user has them in their contacts. */
  async contact(other: string): Promise<boolean> {
    const { env, db, userId, erased } = this.#parts;
    const gone = erased.person(userId)?.user;
    if (gone !== undefined) {
      const id = userIdShape.parse(other);
      return (await call("user.contactedBy", () => userStub(env, id).contactedBy(gone, false, erasedStamp))).ok;
    }
    const row = contactOf(db, other);
    const person = personOf(db, userId);
    if (row === undefined || person === undefined) return true;
    const answer = await call("user.contactedBy", () =>
      userStub(env, row.user.id).contactedBy(person.user, row.putAt !== null, row.putStamp),
    );
    return answer.ok;
  }

  /** The directory has the present profile, and who may bring this user. */
  async profile(): Promise<boolean> {
    const { env, db, userId, directory, erased } = this.#parts;
    const gone = erased.person(userId);
    if (gone !== undefined)
      return (
        (await directory.putProfile(gone.user, gone.changedAt ?? 0)).ok && (await new Reports(env).forget(userId)).ok
      );
    const account = readAccount(db);
    if (account === undefined) return true;
    return (await directory.putProfile(userOf(userId, account), account.changedAt, guardOf(db, account))).ok;
  }

  /** A handle that was given up is free for others, unless it was taken back meanwhile. */
  releaseHandle(handle: string): Promise<boolean> {
    const { db, userId, directory, naming } = this.#parts;
    return naming.run(async () => {
      if (readAccount(db)?.handle === handle) return true;
      return (await directory.releaseHandle(handle, userId)).ok;
    });
  }

  /** The conversation keeps the present copy of this user. */
  async personChanged(conversation: string): Promise<boolean> {
    const { db, userId, inbox } = this.#parts;
    const whole = personOf(db, userId);
    if (whole === undefined) return true;
    // A direct chat needs to know of one block at the most.
    const peer = inbox.peerOf(conversationIdShape.parse(conversation));
    const person = peer === null ? whole : { ...whole, blocks: whole.blocks.filter((blocked) => blocked === peer) };
    const answer = await call("conversation.personChanged", () =>
      this.#conversation(conversation).personChanged(person),
    );
    return answer.ok;
  }

  /** The conversation shows this user's watermarks and typing again. By the rev it knows which membership is meant. */
  async requestEnded(conversation: string): Promise<boolean> {
    const { userId, inbox } = this.#parts;
    const rev = inbox.acceptedAt(conversationIdShape.parse(conversation));
    if (rev === null) return true;
    const answer = await call("conversation.requestEnded", () =>
      this.#conversation(conversation).requestEnded(userId, rev),
    );
    return answer.ok;
  }

  /** The conversation erases what this user wrote there, a page at a time. After a crash it begins again, and finds less to do. */
  async eraseFrom(conversation: string): Promise<boolean> {
    const { erased, userId } = this.#parts;
    const person = erased.person(userId);
    if (person === undefined) return true;
    let after: Seq | null = 0;
    while (after !== null) {
      const place: Seq = after;
      const page = await call("conversation.eraseMember", () =>
        this.#conversation(conversation).eraseMember(person, place),
      );
      if (!page.ok) return false;
      after = page.value.next;
    }
    return true;
  }

  /** Conversations say whether a device still has live sockets there. */
  liveDevices(device: string): Promise<boolean> {
    return this.#parts.liveDevices.ask(device);
  }

  #conversation(id: string | undefined): ReturnType<typeof conversationStub> {
    return conversationStub(this.#parts.env, conversationIdShape.parse(id));
  }
}
