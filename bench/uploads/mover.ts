/** The process that moves files: takes jobs from its parent one by one. It is a process of its own, so that its work is not that of the texts' load. */
import { randomFillSync } from "node:crypto";
import { performance } from "node:perf_hooks";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import { uploadLimits } from "../../schema/bounds/uploads.ts";
import { type Door, doorOf } from "./doors.ts";
import type { MoveAnswer, MoveJob, Moved } from "./job.ts";

/** Every part has these bytes. */
const random = randomFillSync(Buffer.alloc(uploadLimits.partBytes));

process.on("message", (job: MoveJob) => {
  run(job).then(answer, (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }));
});
process.on("disconnect", () => process.exit(0));

function answer(moved: MoveAnswer): void {
  process.send?.(moved);
}

async function run(job: MoveJob): Promise<Moved> {
  const door = doorOf(job.place);
  const from = performance.now();
  const names: string[] = [];
  let completingMs = 0;
  if (job.do === "up") {
    const files = Array.from({ length: job.files }, (_, n) => n);
    await inParallel(files, job.filesAtOnce, async () => {
      const uploaded = await upload(door, job);
      names.push(uploaded.name);
      completingMs += uploaded.completingMs / job.files;
    });
  } else {
    await inParallel(job.names, job.names.length, async (name) => {
      if (job.do === "remove") return await door.remove(name);
      const bytes = await door.read(name);
      if (bytes !== job.bytes) throw new Error(`${name}: ${bytes} bytes came`);
    });
  }
  return { seconds: (performance.now() - from) / 1_000, completingSeconds: completingMs / 1_000, names };
}

async function upload(
  door: Door,
  { bytes, partsAtOnce }: MoveJob & { do: "up" },
): Promise<{ name: string; completingMs: number }> {
  const { partBytes } = uploadLimits;
  const begun = await door.begin(bytes);
  const count = Math.ceil(bytes / partBytes);
  const parts = Array.from({ length: count }, (): unknown => undefined);
  await inParallel([...parts.keys()], partsAtOnce, async (at) => {
    parts[at] = await begun.part(at + 1, random.subarray(0, Math.min(partBytes, bytes - at * partBytes)));
  });
  const from = performance.now();
  await begun.end(parts);
  return { name: begun.name, completingMs: performance.now() - from };
}
