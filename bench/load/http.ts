/** Owns HTTP in the load process: one request, and the job that makes one after the other on one kept connection. */
import { Agent, request } from "node:http";
import { performance } from "node:perf_hooks";
import { stopwatch } from "./cpu.ts";
import { Histogram } from "./histogram.ts";
import type { HttpJob, Result } from "./job.ts";

export async function runHttp(job: HttpJob): Promise<Result> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let n = 0; n < job.warmUpRequests; n++) await ask(agent, job);
    const answered = new Histogram();
    const spent = stopwatch(job.serverPids);
    let firstError: string | null = null;
    let errors = 0;
    for (let n = 0; n < job.requests; n++) {
      const startedAt = performance.now();
      const { status, text } = await ask(agent, job);
      answered.add(performance.now() - startedAt);
      const count = text.split('"hash":').length - 1;
      // A page also carries its head's hash.
      if (status === 200 && count >= job.messages) continue;
      errors++;
      firstError ??= `${status}, ${count} messages: ${text.slice(0, 300)}`;
    }
    const measured = spent();
    const quantiles = answered.quantiles();
    return {
      completed: job.requests,
      ...measured,
      perSecond: job.requests / measured.seconds,
      deliveries: job.requests,
      framesPerDelivery: 1,
      ackMs: quantiles,
      deliveryMs: quantiles,
      firstMs: quantiles,
      lastMs: quantiles,
      socketsMs: { quickest: 0, slowest: 0 },
      completionMs: quantiles,
      sent: job.requests,
      lost: 0,
      errors,
      firstError,
    };
  } finally {
    agent.destroy();
  }
}

export interface Asked {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly body?: string;
}

export function ask(agent: Agent, asked: Asked): Promise<{ status: number; text: string }> {
  const { port, path, headers, method = "GET", body } = asked;
  return new Promise((resolve, reject) => {
    const sent = request({ agent, port, host: "127.0.0.1", path, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString("latin1") }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
