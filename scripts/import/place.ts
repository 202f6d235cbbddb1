/**
 * Owns how far an import of a file has come, in a file beside it. It may be behind: what is brought again, the server knows. It is never ahead of what the server has
 * stored. It does not count for another server or source, nor where the file was changed since: then everything is brought again.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { z } from "zod";

const shape = z.object({
  server: z.string(),
  source: z.string(),
  bytes: z.int(),
  changedAt: z.number(),
  /** Everything before this byte, which begins this line, is stored. */
  offset: z.int(),
  line: z.int(),
});
type Kept = z.infer<typeof shape>;

export type Place = { offset: number; line: number };

export const beginning: Place = { offset: 0, line: 1 };

export class PlaceFile {
  readonly #name: string;
  readonly #of: Omit<Kept, "offset" | "line">;

  constructor(file: string, server: string, source: string) {
    this.#name = `${file}.place.json`;
    const { size, mtimeMs } = statSync(file);
    this.#of = { server, source, bytes: size, changedAt: mtimeMs };
  }

  /** Where to go on; the beginning where nothing that counts is kept. */
  read(): Place {
    try {
      const { offset, line, ...of } = shape.parse(JSON.parse(readFileSync(this.#name, "utf8")));
      const isSame = (Object.keys(this.#of) as (keyof typeof of)[]).every((key) => of[key] === this.#of[key]);
      return isSame ? { offset, line } : beginning;
    } catch {
      return beginning;
    }
  }

  /** A kill at any moment leaves the old place or the new one. */
  write({ offset, line }: Place): void {
    const kept: Kept = { ...this.#of, offset, line };
    writeFileSync(`${this.#name}.next`, `${JSON.stringify(kept)}\n`);
    renameSync(`${this.#name}.next`, this.#name);
  }
}
