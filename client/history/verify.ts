/** Owns the check of a conversation's hash chain: of one range, or of the whole chain, page by page. A later check goes on where the last one ended. */
import { z } from "zod";
import { hashOfNothing } from "../../core/chain.ts";
import type { ChainRange } from "../../schema/http/conversation/messages.ts";
import { limits } from "../../schema/limits.ts";
import type { Conversation } from "../../schema/wire/conversation.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { ChainCheck, VerifyOptions, WholeCheck } from "../contract/conversation/conversation.ts";
import type { CallOptions } from "../contract/page.ts";
import type { Storage } from "../contract/storage.ts";
import { retried } from "../link/retried.ts";
import { checkChain } from "./chain-check.ts";

/** The stored result: up to which message the chain is sound. */
const verifiedForm = z.object({ epoch: z.string(), first: z.int(), seq: z.int(), hash: z.string() });

export interface VerifierParts {
  readonly storage: Storage;
  /** The storage key of that result. */
  readonly key: string;
  readonly calls: {
    details(): Promise<Conversation>;
    chain(from: number, to: number, options: CallOptions): Promise<ChainRange>;
  };
  /** The messages of a range that this device has, in memory or stored. */
  readonly sync: { held(from: number, to: number): Promise<ReadonlyMap<number, Message>> };
}

export class Verifier {
  readonly #parts: VerifierParts;

  constructor(parts: VerifierParts) {
    this.#parts = parts;
  }

  async check(from: number, to: number, options: CallOptions = {}): Promise<ChainCheck> {
    return await this.#check(await this.#parts.calls.chain(from, to, options));
  }

  async whole({ signal, onProgress, anew = false }: VerifyOptions = {}): Promise<WholeCheck> {
    const { storage, key, calls } = this.#parts;
    const { head, epoch, policy, me } = await calls.details();
    signal?.throwIfAborted();
    const first = policy.history === "joined" ? me.joinedSeq + 1 : 1;
    const start = { epoch, first, seq: first - 1, hash: first === 1 ? hashOfNothing : undefined };
    const kept = verifiedForm.safeParse(anew ? undefined : await storage.get(key).catch(() => undefined)).data;
    const isKeptGood = kept?.epoch === epoch && kept.first === first && kept.seq <= head.seq;
    let done: { epoch: string; first: number; seq: number; hash: string | undefined } = isKeptGood ? kept : start;
    const differing: number[] = [];
    const checked = (isSound: boolean): WholeCheck => ({
      first,
      verified: done.seq,
      headSeq: head.seq,
      isSound,
      differing,
    });
    while (done.seq < head.seq) {
      const from = done.seq + 1;
      const to = Math.min(head.seq, done.seq + limits.verifyRangeMax);
      const page = await retried(() => calls.chain(from, to, { signal }));
      const { isSound, hash, differing: others } = await this.#check(page);
      signal?.throwIfAborted();
      differing.push(...others);
      const goesOn = done.hash === undefined || done.hash === page.startHash;
      if (!isSound || !goesOn || page.from !== from || page.to !== to) return checked(false);
      done = { epoch, first, seq: to, hash };
      // If this cannot be stored, the next check begins earlier. After a difference nothing is stored, so that the next check finds it again.
      if (differing.length === 0)
        await storage.write({ puts: [[key, { epoch, first, seq: to, hash }]] }).catch(() => undefined);
      onProgress?.({ verified: to, headSeq: head.seq });
    }
    return checked(done.hash === head.hash || head.seq < first);
  }

  async #check(page: ChainRange): Promise<ChainCheck> {
    const held = await this.#parts.sync.held(page.from, page.to);
    return await checkChain(page, (seq) => held.get(seq));
  }
}
