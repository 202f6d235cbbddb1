/** The load process: takes jobs from its parent one by one and answers with results. Its own process, so that its work is not the server's. */
import { runHttp } from "./http.ts";
import type { Job, Result } from "./job.ts";
import { runPresence } from "./presence/presence.ts";
import { runSockets } from "./sockets.ts";

export type LoadAnswer = { readonly result: Result } | { readonly error: string };

process.on("message", (job: Job) => {
  run(job).then(answer, (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }));
});
process.on("disconnect", () => process.exit(0));

async function run(job: Job): Promise<LoadAnswer> {
  switch (job.kind) {
    case "sockets":
      return { result: await runSockets(job) };
    case "http":
      return { result: await runHttp(job) };
    case "presence":
      return { result: await runPresence(job) };
  }
}

function answer(text: LoadAnswer): void {
  process.send?.(text);
}
