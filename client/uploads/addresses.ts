/** Owns the addresses of attachments: asks for many in one call, and remembers each until it ends. */
import { uploadHolds, uploadLimits } from "../../schema/bounds/uploads.ts";
import { abortable } from "../abortable.ts";
import type { Attachments, AttachmentVariant } from "../contract/conversation/attachments.ts";
import type { Clock } from "../contract/platform.ts";
import { faultOf, ParleyError } from "../errors.ts";

/** Addresses that are asked for within this time are one call. */
const gatherMs = 10;
/** An address is not given out in the last minutes of its life: what begins to load with it must come to its end. */
const marginMs = 120_000;

export interface AddressAsk {
  readonly id: string;
  readonly variant: AttachmentVariant;
}

export interface Address extends AddressAsk {
  readonly url: string;
  readonly expiresAt: number;
}

export interface AddressesParts {
  readonly clock: Clock;
  /** The server's time. */
  readonly serverNow: () => number;
  /** Answers those that there are. */
  readonly ask: (asks: readonly AddressAsk[]) => Promise<readonly Address[]>;
}

interface Asked extends AddressAsk {
  readonly resolve: (url: string) => void;
  readonly reject: (error: ParleyError) => void;
}

export class Addresses implements Attachments {
  readonly #parts: AddressesParts;
  readonly #known = new Map<string, Address>();
  /** Those that are asked for now; a second caller waits with the first. */
  readonly #asking = new Map<string, Promise<string>>();
  #gathered: Asked[] = [];

  constructor(parts: AddressesParts) {
    this.#parts = parts;
  }

  readonly url: Attachments["url"] = async (attachment, variant = "original", { signal } = {}) => {
    const ask = { id: idOf(attachment), variant };
    return this.known(attachment, variant) ?? (await abortable(this.#asked(ask), signal));
  };

  readonly known: Attachments["known"] = (attachment, variant = "original") => {
    const address = this.#known.get(nameOf({ id: idOf(attachment), variant }));
    return address !== undefined && address.expiresAt - marginMs > this.#parts.serverNow() ? address.url : undefined;
  };

  #asked(ask: AddressAsk): Promise<string> {
    const name = nameOf(ask);
    const before = this.#asking.get(name);
    if (before !== undefined) return before;
    const asked = new Promise<string>((resolve, reject) => {
      if (this.#gathered.length === 0) this.#parts.clock.after(gatherMs, () => this.#flush());
      this.#gathered.push({ ...ask, resolve, reject });
    }).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asked);
    return asked;
  }

  #flush(): void {
    const gathered = this.#gathered;
    this.#gathered = [];
    for (let i = 0; i < gathered.length; i += uploadLimits.addressesPerCallMax)
      void this.#call(gathered.slice(i, i + uploadLimits.addressesPerCallMax));
  }

  async #call(asked: readonly Asked[]): Promise<void> {
    try {
      const found = await this.#parts.ask(asked.map(({ id, variant }) => ({ id, variant })));
      for (const address of found) this.#note(address);
      const byName = new Map(found.map((address) => [nameOf(address), address.url]));
      for (const each of asked) {
        const url = byName.get(nameOf(each));
        if (url !== undefined) each.resolve(url);
        else each.reject(new ParleyError({ code: "not_found", detail: "there is no such attachment" }));
      }
    } catch (error) {
      for (const { reject } of asked) reject(faultOf(error));
    }
  }

  #note(address: Address): void {
    const name = nameOf(address);
    this.#known.delete(name);
    this.#known.set(name, address);
    // Those that were asked for last are kept.
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= uploadHolds.addressesMax) break;
      this.#known.delete(oldest);
    }
  }
}

function idOf(attachment: { readonly id: string } | string): string {
  return typeof attachment === "string" ? attachment : attachment.id;
}

function nameOf({ id, variant }: AddressAsk): string {
  return `${variant} ${id}`;
}
