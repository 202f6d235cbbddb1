/** Owns the calls of an import to a server: repeated with growing waits while it is away or busy, until it has been so for too long. */
import { setTimeout as sleep } from "node:timers/promises";
import { retryWaitMs } from "../../core/retry.ts";
import { problem, type Problem } from "../../schema/errors.ts";

const callMs = 30_000;
const waits = { firstMs: 250, maxMs: 10_000 };

/** The import cannot go on: the server answers so, or does not answer. */
export class Stopped extends Error {}

export type DoorAnswer = { ok: true; body: unknown } | { ok: false; problem: Problem };

type DoorOptions = { server: string; secret: string; source: string; giveUpMs: number; say: (text: string) => void };

export class OperatorDoor {
  readonly #options: DoorOptions;
  #answeredAt = Date.now();
  #isAway = false;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** The answer, or what the server has against the call. What may pass is repeated here. */
  async ask(batch: object): Promise<DoorAnswer> {
    const { source, giveUpMs, say } = this.#options;
    const text = JSON.stringify({ source, ...batch });
    for (let failures = 1; ; failures++) {
      const answer = await this.#once(text);
      if ("ok" in answer && answer.ok) {
        this.#answeredAt = Date.now();
        if (this.#isAway) say("The server goes on.");
        this.#isAway = false;
        return answer;
      }
      if ("problem" in answer && answer.problem.retry !== "later") return answer;
      const why = "fault" in answer ? answer.fault : answer.problem.detail;
      if (Date.now() - this.#answeredAt > giveUpMs)
        throw new Stopped(`The server has not taken anything for ${Math.round(giveUpMs / 1_000)} s: ${why}.`);
      if (failures === 5 && !this.#isAway) {
        this.#isAway = true;
        say(`The server takes nothing at present (${why}); trying again.`);
      }
      const toldMs = "problem" in answer ? (answer.problem.retryAfterMs ?? 0) : 0;
      await sleep(Math.max(toldMs, retryWaitMs(failures, Math.random(), waits)));
    }
  }

  async #once(body: string): Promise<DoorAnswer | { fault: string }> {
    const { server, secret } = this.#options;
    try {
      const response = await fetch(`${server}/v1/operator/import`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
        body,
        signal: AbortSignal.timeout(callMs),
      });
      const text = await response.text();
      if (response.status === 404 && !body.includes('"conversationId"'))
        throw new Stopped("The server has no operator's door, or another OPERATOR_SECRET than this program.");
      const read: unknown = JSON.parse(text);
      if (response.ok) return { ok: true, body: read };
      const judged = problem.safeParse(read);
      return judged.success
        ? { ok: false, problem: judged.data }
        : { fault: `it answers with status ${response.status}` };
    } catch (error) {
      if (error instanceof Stopped) throw error;
      const { cause } = error as { cause?: { code?: string } };
      return { fault: cause?.code ?? (error instanceof Error ? error.message : String(error)) };
    }
  }
}
