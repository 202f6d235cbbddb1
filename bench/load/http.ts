/** Runs an HTTP job: one request after the other on one kept connection. */
import { Agent, request } from "node:http";
import { performance } from "node:perf_hooks";
import { cpuSecondsOf, ownCpuSeconds } from "./cpu.ts";
import { Histogram } from "./histogram.ts";
import type { HttpJob, Result } from "./job.ts";

export async function runHttp(job: HttpJob): Promise<Result> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let n = 0; n < job.warmUpRequests; n++) await get(job, agent);
    const answered = new Histogram();
    const from = { at: performance.now(), server: cpuSecondsOf(job.serverPids), own: ownCpuSeconds() };
    let firstError: string | null = null;
    let errors = 0;
    for (let n = 0; n < job.requests; n++) {
      const startedAt = performance.now();
      const { status, text } = await get(job, agent);
      answered.add(performance.now() - startedAt);
      const count = text.split('"hash":').length - 1;
      // A page also carries its head's hash.
      if (status === 200 && count >= job.messages) continue;
      errors++;
      firstError ??= `${status}, ${count} messages: ${text.slice(0, 300)}`;
    }
    const seconds = (performance.now() - from.at) / 1_000;
    const quantiles = answered.quantiles();
    return {
      completed: job.requests,
      seconds,
      perSecond: job.requests / seconds,
      ackMs: quantiles,
      deliveryMs: quantiles,
      serverCpuSeconds: cpuSecondsOf(job.serverPids) - from.server,
      generatorCpuSeconds: ownCpuSeconds() - from.own,
      sent: job.requests,
      lost: 0,
      errors,
      firstError,
    };
  } finally {
    agent.destroy();
  }
}

function get(job: HttpJob, agent: Agent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { agent, port: job.port, host: "127.0.0.1", path: job.path, headers: job.headers },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString("latin1") }),
        );
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}
