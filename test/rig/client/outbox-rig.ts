/** An outbox. The test controls its tries, confirmations and clock. */
import { memoryStorage, type Ack, type ParleyError, type Storage } from "../../../client/index.ts";
import { aloneLocks, type Locks } from "../../../client/storage/locks.ts";
import type { Draft } from "../../../client/outbox/entry.ts";
import { type Named, Namer } from "../../../client/outbox/naming.ts";
import { Outbox } from "../../../client/outbox/outbox.ts";
import { ack as ackForm } from "../../../schema/wire/message.ts";
import { WoundClock } from "../wound-clock.ts";

export const draft = (clientId: string, conversationId = "c1"): Draft => ({
  conversationId,
  clientId,
  text: `text of ${clientId}`,
  replyTo: null,
  mentions: [],
  handles: [],
});

export const ack = (seq: number): Ack =>
  ackForm.parse({ conversationId: "c1", seq, rev: seq, sentAt: 0, hash: "", duplicate: false });

/** Who has which handle is answered by the test. */
export function namerRig(clock: WoundClock = new WoundClock()) {
  const asks: {
    handles: readonly string[];
    named: (userIds: string[]) => void;
    failed: (fault: ParleyError) => void;
  }[] = [];
  const state = { isLinked: true };
  const ask = (_conversationId: string, handles: readonly string[]): Promise<Named> =>
    new Promise((resolve) => {
      const named = (userIds: string[]) => resolve({ userIds, fault: undefined });
      asks.push({ handles, named, failed: (fault) => resolve({ userIds: [], fault }) });
    });
  return { namer: new Namer({ clock, ask, isLinked: () => state.isLinked }), asks, state };
}

export function outboxRig({
  storage = memoryStorage(),
  locks = aloneLocks(),
}: { storage?: Storage; locks?: Locks } = {}) {
  const clock = new WoundClock();
  const tries: { draft: Draft; acked: (ack: Ack) => void; failed: (error: ParleyError) => void }[] = [];
  const confirms: (() => void)[] = [];
  const { namer, asks, state } = namerRig(clock);
  const outbox = new Outbox({
    storage,
    clock,
    random: () => 0.5,
    locks,
    userId: "u1",
    namer,
    deliver: (each) =>
      new Promise((acked, failed) => {
        tries.push({ draft: each, acked, failed });
      }),
    confirm: () =>
      new Promise((resolve) => {
        confirms.push(resolve);
      }),
    onChange: () => undefined,
  });
  const pending = (conversationId = "c1") =>
    outbox.pending(conversationId).map(({ clientId, status }) => `${clientId} ${status}`);
  return { clock, storage, outbox, tries, confirms, pending, asks, state };
}
