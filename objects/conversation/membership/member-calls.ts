/** Owns the calls about who is in the conversation: each is written, waits a little until the inboxes of those concerned have it, and is answered. */
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { ConversationPatch } from "../../../schema/http/conversation/conversations.ts";
import type { Conversation, Member } from "../../../schema/wire/conversation.ts";
import type { ConversationCalls } from "../../contract/conversation-calls.ts";
import type { Person } from "../../contract/person.ts";
import type { Avatar } from "../../contract/uploads.ts";
import type { FanOut } from "../fan-out/fan-out.ts";
import type { LargeGroup } from "../large/large-group.ts";
import type { Store } from "../store.ts";
import type { Writes } from "../writes.ts";
import { Details } from "./details.ts";
import type { Membership } from "./membership.ts";
import { conversationView, type MembersAsk, membersPage, memberView } from "./views.ts";

type Parts = ConstructorParameters<typeof Details>[0] & {
  store: Store;
  fanOut: FanOut;
  large: Pick<LargeGroup, "reached">;
  writes: Writes;
  membership: Membership;
};

export class MemberCalls {
  readonly #parts: Parts;
  readonly #details: Details;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#details = new Details(parts);
  }

  view(viewer: UserId): Outcome<Conversation> {
    const { store } = this.#parts;
    const member = store.member(viewer);
    return store.state === undefined || member === undefined ? notFound : done(conversationView(store.state, member));
  }

  page(viewer: UserId, ask: MembersAsk): Outcome<{ members: Member[]; cursor: string | null }> {
    const { store } = this.#parts;
    const me = store.member(viewer);
    return store.state === undefined || me === undefined ? notFound : membersPage(store.state.members, me, ask);
  }

  has(viewer: UserId, userId: UserId): Outcome<boolean> {
    const { store, membership } = this.#parts;
    return store.state === undefined ? notFound : membership.has(store.state, viewer, userId);
  }

  mayAccept(userId: UserId, secret: string): Outcome<{ isMember: boolean }> {
    const { store, membership } = this.#parts;
    return store.state === undefined ? notFound : membership.mayAccept(store.state, userId, secret);
  }

  newcomers(by: UserId, userIds: readonly UserId[]): Outcome<UserId[]> {
    const { store, membership } = this.#parts;
    return store.state === undefined ? notFound : membership.newcomers(store.state, by, userIds);
  }

  patch(by: UserId, patch: ConversationPatch, made?: Avatar): Outcome<Conversation> {
    const outcome = this.#parts.writes.change((tx, state, effects) =>
      this.#details.patch(tx, state, by, patch, made, effects),
    );
    return outcome.ok ? this.view(by) : outcome;
  }

  async put(
    ...[by, userId, role, person, isRequest = false]: Parameters<ConversationCalls["putMember"]>
  ): Promise<Outcome<Member>> {
    const { store, fanOut, large, writes, membership } = this.#parts;
    const outcome = writes.change((tx, state, effects) =>
      membership.put(tx, state, by, userId, role, person, isRequest, effects),
    );
    if (!outcome.ok) return outcome;
    await fanOut.reached([userId], store.member(userId)?.joinedRev ?? 0);
    await large.reached([userId]);
    const me = store.member(by);
    const member = store.member(userId);
    return me === undefined || member === undefined ? notFound : done(memberView(me, member));
  }

  async add(by: UserId, people: readonly Person[], requests: readonly UserId[]): Promise<Outcome<UserId[]>> {
    const { store, fanOut, large, writes, membership } = this.#parts;
    const added = writes.change((tx, state, effects) => membership.putMany(tx, state, by, people, requests, effects));
    if (added.ok) await fanOut.reached(added.value, store.state?.facts.detailsRev ?? 0);
    if (added.ok) await large.reached(added.value);
    return added;
  }

  async remove(by: UserId, userId: UserId): Promise<Outcome<null>> {
    const { store, fanOut, large, writes, membership } = this.#parts;
    const outcome = writes.change((tx, state, effects) => membership.remove(tx, state, by, userId, effects));
    if (outcome.ok) await fanOut.reached([userId], store.state?.members.get(userId)?.leftRev ?? 0);
    if (outcome.ok) await large.reached([userId]);
    return outcome;
  }

  async acceptInvite(person: Person, secret: string): Promise<Outcome<Conversation>> {
    const { store, fanOut, large, writes, membership } = this.#parts;
    const { id } = person.user;
    const outcome = writes.change((tx, state, effects) => membership.acceptInvite(tx, state, person, secret, effects));
    if (!outcome.ok) return outcome;
    await fanOut.reached([id], store.member(id)?.joinedRev ?? 0);
    await large.reached([id]);
    return this.view(id);
  }
}
