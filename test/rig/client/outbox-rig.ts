/** An outbox. The test controls its tries, confirmations and clock. */
import { memoryStorage, type Ack, type ParleyError, type Storage } from "../../../client/index.ts";
import { aloneLocks, type Locks } from "../../../client/storage/locks.ts";
import { Outbox, type Draft } from "../../../client/outbox/outbox.ts";
import { ack as ackForm } from "../../../schema/wire/message.ts";
import { WoundClock } from "../wound-clock.ts";

export const draft = (clientId: string, conversationId = "c1"): Draft => ({
  conversationId,
  clientId,
  text: `text of ${clientId}`,
  replyTo: null,
  mentions: [],
});

export const ack = (seq: number): Ack =>
  ackForm.parse({ conversationId: "c1", seq, rev: seq, sentAt: 0, hash: "", duplicate: false });

export function outboxRig({
  storage = memoryStorage(),
  locks = aloneLocks(),
}: { storage?: Storage; locks?: Locks } = {}) {
  const clock = new WoundClock();
  const tries: { draft: Draft; acked: (ack: Ack) => void; failed: (error: ParleyError) => void }[] = [];
  const confirms: (() => void)[] = [];
  const outbox = new Outbox({
    storage,
    clock,
    random: () => 0.5,
    locks,
    userId: "u1",
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
  return { clock, storage, outbox, tries, confirms, pending };
}
