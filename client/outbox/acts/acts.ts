/**
 * Owns small acts that the server has not answered: reactions, votes, stars, what is hidden, deleted, pinned. Each is shown at once, stored, and repeated until the
 * server has answered. Of acts about the same thing the last one counts. An act that is refused for good is forgotten, and with it what was shown of it.
 */
import { z } from "zod";
import { type Act, actForm, isOfMessages, joined, slotOf } from "../../act.ts";
import { Slots } from "../../../core/slots.ts";
import type { Clock } from "../../contract/platform.ts";
import { closed, faultOf, type ParleyError, rejected, unreachable } from "../../errors.ts";
import { Waits } from "../../link/waits.ts";
import { State } from "../../observable.ts";
import { inTurn } from "../../storage/in-turn.ts";
import { keys } from "../../storage/keys.ts";
import { OwnedEntries, type OwnedEntriesParts } from "../owned-entries.ts";
import { checkPlaces, type Places, storeRestored } from "./places.ts";

/** What has waited for the link is not sent all in one moment. */
const atOnceMax = 4;

/** Entries of an older version name no epoch. */
const storedAct = z.object({ at: z.int(), act: actForm, epoch: z.string().optional() });
type StoredAct = z.infer<typeof storedAct>;

interface Entry {
  /** Under which storage has it: what was taken over and not changed since, is under that of who made it. */
  key: string;
  act: Act;
  /** When it was made, by this device's clock. */
  at: number;
  /** Of the places that it names. */
  epoch: string | undefined;
  /** Whether the server may have done it already. */
  isRepeat: boolean;
  saved: Promise<unknown>;
  readonly settled: PromiseWithResolvers<void>;
}

/** How acts of one conversation are made. */
export interface Performer extends Places {
  /** One try. Errors: `never` refused for good; anything else is unknown, and repeated. */
  perform(act: Act, isRepeat: boolean): Promise<void>;
  /** Resolves when what came of the acts is stored, or storage has refused it. */
  stored(): Promise<void>;
  /** Other acts wait than before. */
  changed(): void;
}

export interface ActsParts extends OwnedEntriesParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly userId: string;
  /** Without it acts are left to another program. */
  readonly performer: (conversationId: string) => Performer | undefined;
  readonly onChange: (act: Act) => void;
}

const none: readonly Act[] = [];

export class Acts {
  readonly #parts: ActsParts;
  /** By slot. */
  readonly #entries = new Map<string, Entry>();
  /** The acts of each conversation; the same list until something changes. */
  readonly #lists = new Map<string, readonly Act[]>();
  readonly #waits: Waits;
  readonly #kept: OwnedEntries<StoredAct>;
  readonly #slots = new Slots(atOnceMax);
  /** How many acts the server has not answered. */
  readonly waiting = new State(0);
  #isClosed = false;

  constructor(parts: ActsParts) {
    this.#parts = parts;
    this.#waits = new Waits(parts.clock, parts.random);
    this.#kept = new OwnedEntries(parts, keys.acts(parts.userId), storedAct);
  }

  /** Ends the tries. What waits stays in storage for the next run. */
  close(): void {
    this.#isClosed = true;
    this.#waits.close();
    for (const { settled } of this.#entries.values()) settled.reject(closed());
  }

  /** Takes over what earlier runs, and tabs that are gone, left undone, or those of it that are wanted. Errors: those of the storage. */
  async adopt(isWanted?: (stored: StoredAct) => boolean): Promise<void> {
    const orphans = await this.#kept.orphans(isWanted);
    for (const { key, value } of orphans.toSorted((a, b) => a.value.at - b.value.at)) {
      if (this.#isClosed) return;
      const entry = this.#begin(value, key);
      if (entry.key !== key) void entry.saved.then(() => this.#kept.delete(key));
    }
  }

  /** Resolves when the server has done this act, or a later one about the same thing; rejects when that is refused for good. */
  do(act: Act): Promise<void> {
    if (this.#isClosed) return rejected(closed());
    const epoch = this.#parts.performer(act.conversationId)?.epoch();
    return this.#begin({ act, at: this.#parts.clock.now(), epoch }).settled.promise;
  }

  /** Those that the server has not answered. */
  of(conversationId: string): readonly Act[] {
    return this.#lists.get(conversationId) ?? none;
  }

  /** Resolves when the acts of this kind that wait now are answered. */
  async answered(conversationId: string, kind: Act["kind"]): Promise<void> {
    const waiting = [...this.#entries.values()].filter(
      ({ act }) => act.conversationId === conversationId && act.kind === kind,
    );
    await Promise.allSettled(waiting.map(({ settled }) => settled.promise));
  }

  /** The server's store was restored: places are other messages now. */
  reset(conversationId: string): void {
    for (const [slot, entry] of this.#entries)
      if (entry.act.conversationId === conversationId && isOfMessages(entry.act))
        this.#end(slot, entry, storeRestored());
  }

  /** The link is there again. */
  wake(): void {
    this.#waits.wake();
  }

  /** `adopted`: under which key storage has it, where another instance has made it. */
  #begin({ act, at, epoch }: StoredAct, adopted?: string): Entry {
    const { userId, locks } = this.#parts;
    const slot = `${act.conversationId}/${slotOf(act)}`;
    const known = this.#entries.get(slot);
    const own = keys.act(userId, act.conversationId, slotOf(act), locks.instance);
    const before = known?.key ?? adopted ?? own;
    const fresh = () => ({ isRepeat: false, saved: Promise.resolve(), settled: quietly() });
    const entry: Entry = known ?? { key: before, act, at, epoch, ...fresh() };
    // What is done in this run is the latest, also where the clock was set back since.
    if (known !== undefined && adopted !== undefined && at < known.at) known.act = joined(act, known.act);
    else if (known !== undefined) Object.assign(known, { act: joined(known.act, act), epoch });
    entry.at = Math.max(entry.at, at);
    entry.isRepeat ||= adopted !== undefined;
    this.#entries.set(slot, entry);
    if (adopted === undefined) entry.key = own;
    if (entry.key !== adopted) entry.saved = this.#kept.put(entry.key, storedOf(entry));
    if (entry.key !== before) void entry.saved.then(() => this.#kept.delete(before));
    this.#changed(act);
    if (known === undefined) void this.#run(slot, entry);
    // What the user just pressed is tried at once, unless the server asked to wait.
    else this.#waits.wake();
    return entry;
  }

  async #run(slot: string, entry: Entry): Promise<void> {
    const turn = `turn act ${this.#parts.userId}/${slot}`;
    for (let failures = 0; this.#holds(slot, entry);) {
      const { act, saved } = entry;
      await saved;
      const fault = await inTurn(this.#parts, turn, () => this.#slots.run(() => this.#try(slot, entry, act)));
      if (!this.#holds(slot, entry)) return;
      if (fault !== undefined && fault.retry !== "never") await this.#waits.afterFault(entry, fault, failures++);
      // Otherwise a later act takes its place.
      else if (entry.act === act) this.#end(slot, entry, fault);
    }
  }

  async #try(slot: string, entry: Entry, act: Act): Promise<ParleyError | undefined> {
    try {
      if (this.#holds(slot, entry) && !(await this.#kept.isMine(entry.key)))
        this.#end(slot, entry, unreachable("a tab has taken it over"));
      const performer = this.#parts.performer(act.conversationId);
      if (entry.isRepeat && isOfMessages(act) && this.#holds(slot, entry)) await checkPlaces(performer, entry.epoch);
      // It was dropped, or the account closed, or a later act came, while it waited.
      if (!this.#holds(slot, entry) || entry.act !== act) return undefined;
      const { isRepeat } = entry;
      entry.isRepeat = true;
      await performer?.perform(act, isRepeat);
      return undefined;
    } catch (error) {
      return faultOf(error);
    }
  }

  #holds(slot: string, entry: Entry): boolean {
    return !this.#isClosed && this.#entries.get(slot) === entry;
  }

  #end(slot: string, entry: Entry, fault: ParleyError | undefined): void {
    this.#entries.delete(slot);
    this.#waits.end(entry);
    this.#changed(entry.act);
    if (fault === undefined) entry.settled.resolve();
    else entry.settled.reject(fault);
    // A page that ends before what came of it is stored does it again, and shows it meanwhile.
    const stored = this.#parts.performer(entry.act.conversationId)?.stored();
    void Promise.allSettled([entry.saved, stored]).then(() => {
      // A later act about the same thing may have the same key.
      if (this.#entries.get(slot)?.key !== entry.key) void this.#kept.delete(entry.key);
    });
  }

  #changed(act: Act): void {
    const { conversationId } = act;
    const here = [...this.#entries.values()].flatMap((each) =>
      each.act.conversationId === conversationId ? [each.act] : [],
    );
    if (here.length === 0) this.#lists.delete(conversationId);
    else this.#lists.set(conversationId, here);
    this.waiting.set(this.#entries.size);
    this.#parts.onChange(act);
  }
}

function storedOf({ at, act, epoch }: Entry): StoredAct {
  return { at, act, ...(epoch === undefined ? {} : { epoch }) };
}

/** A program may look at what is shown instead of the promise. */
function quietly(): PromiseWithResolvers<void> {
  const settled = Promise.withResolvers<void>();
  settled.promise.catch(() => undefined);
  return settled;
}
