/** Owns the calls of an account that are only asked and answered, as programs have them. */
import type { Device } from "../../schema/http/accounts.ts";
import type { Block, Contact } from "../../schema/http/users.ts";
import type { User } from "../../schema/wire/user.ts";
import type { AccountCalls } from "./account-calls.ts";
import type { CallOptions, Page, PageAsk } from "../contract/page.ts";

export abstract class AccountAsks {
  protected abstract readonly calls: AccountCalls;

  readonly previewInvite = (
    code: string,
    options?: CallOptions,
  ): Promise<{ title: string | null; memberCount: number }> => this.calls.previewInvite(code, options);
  readonly deleteInvite = (code: string): Promise<void> => this.calls.deleteInvite(code);
  readonly changePassword = (current: string, next: string): Promise<void> => this.calls.changePassword(current, next);
  readonly devices = (options?: CallOptions): Promise<readonly Device[]> => this.calls.devices(options);
  readonly signOutDevice = (deviceId: string): Promise<void> => this.calls.signOutDevice(deviceId);
  readonly getUser = (userId: string, options?: CallOptions): Promise<User> => this.calls.getUser(userId, options);
  readonly getUserByHandle = (handle: string, options?: CallOptions): Promise<User> =>
    this.calls.getUserByHandle(handle, options);
  readonly findUsers = (query: string, ask?: PageAsk): Promise<Page<User>> => this.calls.findUsers(query, ask);
  readonly contacts = (ask?: PageAsk): Promise<Page<Contact>> => this.calls.contacts(ask);
  readonly addContact = (userId: string): Promise<Contact> => this.calls.addContact(userId);
  readonly removeContact = (userId: string): Promise<void> => this.calls.removeContact(userId);
  readonly blocks = (ask?: PageAsk): Promise<Page<Block>> => this.calls.blocks(ask);
  readonly block = (userId: string): Promise<Block> => this.calls.block(userId);
  readonly unblock = (userId: string): Promise<void> => this.calls.unblock(userId);
}
