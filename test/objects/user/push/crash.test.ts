/** Pushes under crashes and evictions between any two steps, in random runs: at rest each message was reported as sent once to each device, or was taken away for a reason. */
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, test } from "vitest";
import type { DuePush, DuePushes } from "../../../../objects/contract/push.ts";
import { commitPace } from "../../../../objects/user/inbox/commit-pace.ts";
import type { ConversationId, DeviceId } from "../../../../schema/ids.ts";
import { pushes as bounds } from "../../../../schema/push-limits.ts";
import { signIn, valueOf, wind } from "../../../rig/objects/accounts.ts";
import { crash, outcomeOf } from "../../../rig/objects/inbox/crash.ts";
import { delivery, factsByHand, type Member, member, newConversation } from "../../../rig/objects/inbox/inboxes.ts";
import { catchHints, reportOf, subscribe } from "../../../rig/objects/inbox/pushes.ts";
import { seeded } from "../../../rig/random.ts";

/** One conversation as its object would deliver it: from the rev that the inbox has confirmed, again after each fault. */
class Chat {
  readonly id: ConversationId = newConversation();
  readonly #who: Member;
  readonly #isDm: boolean;
  readonly #items: Parameters<typeof delivery>[2][] = [];
  acked = 0;
  read = 0;
  /** The watermark that the inbox has confirmed. */
  confirmedRead = 0;
  rev = 0;
  seq = 0;
  readonly unsent = new Set<number>();

  constructor(who: Member, isDm: boolean) {
    this.#who = who;
    this.#isDm = isDm;
  }

  send(): void {
    this.rev++;
    this.seq++;
    const [item] = delivery(this.id, this.seq).items;
    if (item === undefined) throw new Error("no item");
    this.#items.push({ items: [{ ...item, rev: this.rev }] });
  }

  unsend(seq: number): void {
    if (seq < 1 || seq > this.seq || this.unsent.has(seq)) return;
    this.rev++;
    this.unsent.add(seq);
    const message = delivery(this.id, seq).items[0]?.message;
    if (message == null) throw new Error("no item");
    const json = `"conversationId":"${this.id}","rev":${this.rev}`;
    this.#items.push({
      items: [{ rev: this.rev, kind: "change", json, message: { ...message, isUnsent: true, preview: "" } }],
    });
  }

  /** The delivery of what is not confirmed. As after a gap, a message that was unsent since comes as unsent alone. */
  async deliver(): Promise<void> {
    if (this.rev === 0) return;
    const { acked, rev, read } = this;
    const items = this.#items.slice(acked).flatMap((one) => one?.items ?? []);
    const told = items.filter((item) => item.kind === "change" || !this.unsent.has(item.message.seq));
    const facts = acked === 0 ? { ...factsByHand, kind: this.#isDm ? ("dm" as const) : ("group" as const) } : null;
    const fields = { sinceRev: acked, rev, headSeq: this.seq, items: told, read, facts };
    const answer = await outcomeOf(this.#who.calls.deliver(delivery(this.id, this.seq, fields)));
    if (answer === "cut off") return;
    this.acked = Math.max(this.acked, answer.rev);
    this.confirmedRead = Math.max(this.confirmedRead, read);
  }
}

/** What the consumer reported: per message and device, how often it was sent. */
class Sent {
  readonly reported = new Map<string, number>();

  note(map: Map<string, number>, { due }: DuePushes, id: ConversationId): void {
    for (const push of due)
      if (push.conversationId === id)
        for (const device of push.deviceIds) {
          const key = `${push.seq} ${device}`;
          map.set(key, (map.get(key) ?? 0) + 1);
        }
  }
}

async function run(seed: number): Promise<void> {
  const chance = seeded(seed);
  const pick = (n: number): number => Math.floor(chance() * n);
  const ana = await member(`crash${seed}`);
  const devices: DeviceId[] = [ana.device, valueOf(await signIn(ana)).device.id];
  for (const device of devices) await subscribe(ana, device);
  const chat = new Chat(ana, true);
  const sent = new Sent();
  let isMuted = false;
  const excused = new Set<number>();
  const crashSometimes = async (): Promise<void> => {
    if (chance() < 0.3) await crash(ana);
  };
  const mustBeDue = (seq: number): void => {
    if (seq <= chat.confirmedRead || (chat.unsent.has(seq) && chat.acked === chat.rev) || isMuted)
      throw new Error(`seed ${seed}: ${seq} was pushed after it was taken away`);
  };
  /** What is still due of an answer, after the pushes have waited for their turn and something happened meanwhile. */
  const stillDue = async (answer: DuePushes): Promise<DuePushes> => {
    if (chance() < 0.3) chat.read = Math.min(chat.seq, chat.read + pick(3));
    if (chance() < 0.3) chat.unsend(1 + pick(chat.seq + 1));
    await chat.deliver();
    await crashSometimes();
    const due: DuePush[] = [];
    for (const push of answer.due) {
      const deviceIds: DeviceId[] = [];
      for (const deviceId of push.deviceIds) {
        const isDue = await outcomeOf(
          ana.calls.isStillDue({ conversationId: push.conversationId, seq: push.seq, deviceId }),
        );
        if (isDue !== true) continue;
        mustBeDue(push.seq);
        deviceIds.push(deviceId);
      }
      due.push({ ...push, deviceIds });
    }
    return { ...answer, due };
  };
  const consume = async (): Promise<void> => {
    for (let round = 0; round < 5; round++) {
      const asked = await outcomeOf(ana.calls.pushesDue());
      if (asked === "cut off" || asked === null) return;
      for (const { seq } of asked.due) mustBeDue(seq);
      const answer = await stillDue(asked);
      // The consumer dies after its requests, or before its report.
      await crashSometimes();
      if (chance() < 0.2) return;
      const outcome = chance() < 0.2 ? ("later" as const) : ("sent" as const);
      const done = await outcomeOf(ana.calls.pushesDone(reportOf(answer, outcome)));
      if (done === "cut off") return;
      if (outcome === "sent") sent.note(sent.reported, answer, chat.id);
      await crashSometimes();
      if (!done.more) return;
    }
  };
  for (let step = 0; step < 25; step++) {
    const what = pick(10);
    if (what < 4) {
      chat.send();
      if (isMuted) excused.add(chat.seq);
    } else if (what === 4) chat.unsend(1 + pick(chat.seq + 1));
    else if (what === 5 && chance() < 0.5) chat.read = Math.max(chat.read, Math.min(chat.seq, chat.read + pick(3)));
    else if (what === 6 && chat.acked === chat.rev && chat.rev > 0 && !isMuted) {
      // What waits is taken away by a mute, and what comes until it ends is not pushed.
      const mutedUntil = 8_640_000_000_000_000;
      if ((await outcomeOf(ana.calls.patchSummary(chat.id, { mutedUntil }))) !== "cut off") {
        isMuted = true;
        for (let seq = 1; seq <= chat.seq; seq++) excused.add(seq);
      }
    } else if (what === 7 && isMuted && chat.acked === chat.rev) {
      await ana.calls.patchSummary(chat.id, { mutedUntil: null });
      isMuted = false;
    } else if (what === 8) await consume();
    // Told and perhaps not written yet; a crash takes it back, and the conversation delivers again.
    const delivered = chat.deliver();
    if (chance() < 0.3) await crash(ana);
    await delivered;
    await crashSometimes();
    if (chance() < 0.3) await consume();
  }
  while (chat.acked < chat.rev) await chat.deliver();
  await chat.deliver();
  for (let rest = 0; rest < 3; rest++) {
    wind(bounds.hintAgainMaxMs);
    await runDurableObjectAlarm(env.USERS.getByName(ana.id));
    for (;;) {
      const answer = await ana.calls.pushesDue();
      if (answer === null) break;
      sent.note(sent.reported, answer, chat.id);
      if (!(await ana.calls.pushesDone(reportOf(answer))).more) break;
    }
  }
  for (let seq = 1; seq <= chat.seq; seq++)
    for (const device of devices) {
      const times = sent.reported.get(`${seq} ${device}`) ?? 0;
      const isExcused = seq <= chat.read || chat.unsent.has(seq) || excused.has(seq);
      const isRight = times === 1 || (times === 0 && isExcused);
      expect({ seed, seq, times, isExcused, isRight }).toMatchObject({ isRight: true });
    }
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, Math.floor(Math.random() * 1e9)];

test.each(seeds)(
  "[N5] [N21] whatever crashes between two steps, each message is reported as sent once to each device (seed %i)",
  async (seed) => {
    catchHints();
    Object.assign(commitPace, { ms: seed % 2 === 0 ? 0 : 20, spreadMs: 0 });
    try {
      await run(seed);
    } finally {
      Object.assign(commitPace, { ms: 0, spreadMs: 0 });
    }
  },
  60_000,
);
