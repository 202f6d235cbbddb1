/** Owns the plain HTTP calls of an account: the own profile, devices, people, invites. */
import { listDevices, revokeDevice, type Device } from "../../schema/http/account/accounts.ts";
import { askAddresses } from "../../schema/http/conversation/attachments.ts";
import {
  acceptInvite,
  createGroup,
  deleteInvite,
  openDm,
  previewInvite,
} from "../../schema/http/conversation/conversations.ts";
import { ownExport } from "../../schema/http/export-paths.ts";
import { getLinkPreview, type LinkPreview } from "../../schema/http/link-previews.ts";
import { changePassword, eraseMe, getMe, patchMe, type Me, type MePatch } from "../../schema/http/account/me.ts";
import { listStars } from "../../schema/http/conversation/marks.ts";
import { mentions, search } from "../../schema/http/search.ts";
import {
  deleteBlock,
  deleteContact,
  findUsers,
  getUser as getUserCall,
  listBlocks,
  listContacts,
  putBlock,
  putContact,
  type Block,
  type Contact,
} from "../../schema/http/users.ts";
import type { Conversation } from "../../schema/wire/conversation.ts";
import type { User } from "../../schema/wire/user.ts";
import type { Api } from "../session/api.ts";
import type { GroupAsk } from "../contract/account.ts";
import type { CallOptions, Page, PageAsk } from "../contract/page.ts";
import type { SecondFactor } from "../contract/security.ts";
import { postReport, type ReportReason } from "../../schema/http/reports.ts";
import type { ReportAbout } from "../contract/account.ts";
import type { Mention, SearchAsk, SearchHit, SearchPage, Starred } from "../contract/search.ts";
import { abortable } from "../abortable.ts";
import { ParleyError } from "../errors.ts";
import { randomId } from "../platform.ts";
import type { Address, AddressAsk } from "../uploads/addresses.ts";
import { sentPicture } from "../uploads/uploads.ts";
import { retried, retriedEnd } from "../link/retried.ts";

const usersKeptMax = 2_000;

export class AccountCalls {
  readonly #api: Api;
  /** Users that were looked up in this run. */
  readonly #users = new Map<string, Promise<User>>();

  constructor(api: Api) {
    this.#api = api;
  }

  async me(options?: CallOptions): Promise<Me> {
    return await this.#api.call(getMe, {}, options);
  }
  async patchMe(patch: MePatch): Promise<Me> {
    return await retried(() => this.#api.call(patchMe, { body: patch }));
  }
  async setAvatar(file: Blob | null): Promise<Me> {
    const avatar = file === null ? null : await sentPicture(this.#api, file);
    return await retried(() => this.#api.call(patchMe, { body: { avatar } }));
  }
  async addresses(asks: readonly AddressAsk[]): Promise<readonly Address[]> {
    return (await retried(() => this.#api.call(askAddresses, { body: { ids: [...asks] } }))).addresses;
  }
  async changePassword(current: string, next: string, second: SecondFactor = {}): Promise<void> {
    await this.#api.run(changePassword, { body: { current, next, ...second } });
  }
  async erase(password: string, second: SecondFactor = {}): Promise<void> {
    await this.#api.run(eraseMe, { body: { password, ...second } });
  }
  async export(options?: CallOptions): Promise<Response> {
    return await this.#api.open(ownExport, {}, options);
  }
  async devices(options?: CallOptions): Promise<readonly Device[]> {
    return (await this.#api.call(listDevices, {}, options)).devices;
  }
  async signOutDevice(deviceId: string): Promise<void> {
    await retriedEnd(() => this.#api.run(revokeDevice, { params: { deviceId } }));
  }

  /** Callers share one request. A caller that aborts leaves it to the others. */
  getUser(userId: string, { signal }: CallOptions = {}): Promise<User> {
    return abortable(this.#user(userId), signal);
  }
  #user(userId: string): Promise<User> {
    const known = this.#users.get(userId);
    if (known !== undefined) return known;
    const asked = retried(() => this.#api.call(getUserCall, { params: { userId } }));
    if (this.#users.size >= usersKeptMax) this.#users.clear();
    this.#users.set(userId, asked);
    // Only users that were found are kept.
    asked.catch(() => this.#users.delete(userId));
    return asked;
  }
  async getUserByHandle(handle: string, options?: CallOptions): Promise<User> {
    const found = await this.#api.call(findUsers, { query: { handle } }, options);
    if ("users" in found)
      throw new ParleyError({
        code: "internal",
        detail: "the server answered a list, and not one user",
        retry: "later",
      });
    return found;
  }
  async findUsers(query: string, { signal, ...ask }: PageAsk = {}): Promise<Page<User>> {
    const found = await this.#api.call(findUsers, { query: { q: query, ...ask } }, { signal });
    return "users" in found ? { items: found.users, cursor: found.cursor } : { items: [found], cursor: null };
  }

  async search(
    q: string,
    { signal, ...ask }: SearchAsk & { readonly conversationId?: string } = {},
  ): Promise<SearchPage<SearchHit>> {
    const { hits, cursor, missing = [] } = await this.#api.call(search, { query: { q, ...ask } }, { signal });
    return { items: hits, cursor, missing };
  }
  async stars({ signal, ...query }: PageAsk = {}): Promise<SearchPage<Starred>> {
    const { hits, cursor, missing = [] } = await this.#api.call(listStars, { query }, { signal });
    return { items: hits, cursor, missing };
  }
  async mentions({ signal, ...query }: PageAsk = {}): Promise<SearchPage<Mention>> {
    const { hits, cursor, missing = [] } = await this.#api.call(mentions, { query }, { signal });
    return { items: hits, cursor, missing };
  }

  async linkPreview(url: string, options?: CallOptions): Promise<LinkPreview | null> {
    try {
      return await this.#api.call(getLinkPreview, { query: { url } }, options);
    } catch (error) {
      if (error instanceof ParleyError && (error.code === "not_found" || error.code === "bad_request")) return null;
      throw error;
    }
  }

  async contacts({ signal, ...ask }: PageAsk = {}): Promise<Page<Contact>> {
    const { contacts, cursor } = await this.#api.call(listContacts, { query: ask }, { signal });
    return { items: contacts, cursor };
  }
  async addContact(userId: string): Promise<Contact> {
    return await retried(() => this.#api.call(putContact, { params: { userId } }));
  }
  async removeContact(userId: string): Promise<void> {
    await retried(() => this.#api.run(deleteContact, { params: { userId } }));
  }
  async blocks({ signal, ...ask }: PageAsk = {}): Promise<Page<Block>> {
    const { blocks, cursor } = await this.#api.call(listBlocks, { query: ask }, { signal });
    return { items: blocks, cursor };
  }
  async block(userId: string): Promise<Block> {
    return await retried(() => this.#api.call(putBlock, { params: { userId } }));
  }
  async unblock(userId: string): Promise<void> {
    await retried(() => this.#api.run(deleteBlock, { params: { userId } }));
  }

  async report(about: ReportAbout, reason: ReportReason, { note }: { readonly note?: string } = {}): Promise<void> {
    const body = { about, reason, ...(note === undefined ? {} : { note }) };
    await retried(() => this.#api.run(postReport, { body }));
  }

  async openDm(userId: string): Promise<Conversation> {
    return await retried(() => this.#api.call(openDm, { params: { userId } }));
  }
  async createGroup({ title, memberIds, mode, policy }: GroupAsk): Promise<Conversation> {
    // One clientId for all tries: the server founds one group.
    const body = {
      title,
      memberIds: [...memberIds],
      clientId: randomId(),
      ...(mode === undefined ? {} : { mode }),
      ...(policy === undefined ? {} : { policy }),
    };
    return await retried(() => this.#api.call(createGroup, { body }));
  }
  async previewInvite(code: string, options?: CallOptions): Promise<{ title: string | null; memberCount: number }> {
    return await this.#api.call(previewInvite, { params: { code } }, options);
  }
  async acceptInvite(code: string): Promise<Conversation> {
    return await retried(() => this.#api.call(acceptInvite, { params: { code } }));
  }
  async deleteInvite(code: string): Promise<void> {
    await retriedEnd(() => this.#api.run(deleteInvite, { params: { code } }));
  }
}
