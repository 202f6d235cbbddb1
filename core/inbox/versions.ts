/**
 * Owns the blocks of versions. Sockets may receive a version before it is stored, but only in a block of which the object has stored a version since it woke.
 * After waking the count goes on behind the block of the highest stored version. Example: version 70 is stored, sockets receive 71, the object dies. After
 * waking the next version is that after the whole block, so nothing else is ever called 71.
 */
import type { Version } from "../../schema/ids.ts";

/** The number is part of the stored format: with a smaller one, versions that sockets received before might be given again. */
export const versionsPerBlock = 1_024;

/** The last version of the block in which a version lies. */
function endOfBlock(version: Version): Version {
  return Math.ceil(version / versionsPerBlock) * versionsPerBlock;
}

export class Versions {
  #present: Version;
  #reserved: Version;
  #covered: Version = 0;

  /** `stored`: the highest version of any row; 0 where there is none. */
  constructor(stored: Version) {
    this.#present = stored;
    this.#reserved = endOfBlock(stored);
  }

  /** The version of the latest change that is known. */
  get present(): Version {
    return this.#present;
  }

  /** Every version that was ever given lies at or below this; the next change counts on from here. */
  get last(): Version {
    return Math.max(this.#present, this.#reserved);
  }

  /** Whether sockets may receive a version before it is stored. */
  covers(version: Version): boolean {
    return version <= this.#covered;
  }

  /** A change got this version. */
  reach(version: Version): void {
    this.#present = Math.max(this.#present, version);
  }

  /** The change with this version was stored. */
  stored(version: Version): void {
    this.reach(version);
    this.#covered = Math.max(this.#covered, endOfBlock(version));
  }
}
