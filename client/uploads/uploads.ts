/** Owns the uploads of one account: how many run at once, and what each pending message needs for its own. */
import { uploadHolds } from "../../schema/bounds/uploads.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import { Waits } from "../link/waits.ts";
import type { Api } from "../session/api.ts";
import type { Locks } from "../storage/locks.ts";
import { FileKeeper } from "./file-keeper.ts";
import { MessageFiles } from "./message-files.ts";
import { Slots } from "./slots.ts";
import type { GivenFile, StoredFiles } from "./stored-files.ts";
import type { UploadDoor } from "./upload-calls.ts";

export interface UploadsParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: () => number;
  readonly locks: Locks;
  readonly userId: string;
  /** The calls of one conversation. */
  readonly door: (conversationId: string) => UploadDoor;
}

export class Uploads {
  readonly #parts: UploadsParts;
  readonly #waits: Waits;
  readonly #fileSlots = new Slots(uploadHolds.uploadsAtOnceMax);
  readonly #partSlots = new Slots(uploadHolds.partsAtOnceMax);
  readonly keeper: FileKeeper;

  constructor(parts: UploadsParts) {
    this.#parts = parts;
    this.#waits = new Waits(parts.clock, parts.random);
    this.keeper = new FileKeeper(parts);
  }

  /** What is stored of the attachments of a new message. */
  fresh(given: readonly GivenFile[]): StoredFiles {
    return { folder: this.keeper.newFolder(), isPaused: false, readyAt: null, list: given.map(({ stored }) => stored) };
  }

  /** The attachments of one message. `onChange` is called when there is something to store or to show. */
  of(conversationId: string, stored: StoredFiles, given: readonly GivenFile[], onChange: () => void): MessageFiles {
    const { clock, door } = this.#parts;
    return new MessageFiles(stored, given, {
      clock,
      onChange,
      keeper: this.keeper,
      waits: this.#waits,
      door: door(conversationId),
      fileSlots: this.#fileSlots,
      partSlots: this.#partSlots,
    });
  }

  /** The link is there again. */
  wake(): void {
    this.#waits.wake();
  }

  close(): void {
    this.#waits.close();
  }
}

/** The calls of uploads are loaded with the first of them: most visits upload nothing. */
export function laterDoor(api: Api, conversationId: string): UploadDoor {
  const door = async (): Promise<UploadDoor> => (await import("./upload-calls.ts")).uploadDoor(api, conversationId);
  return {
    begin: async (file, signal) => await (await door()).begin(file, signal),
    look: async (id, signal) => await (await door()).look(id, signal),
    put: async (id, n, bytes, options) => await (await door()).put(id, n, bytes, options),
    complete: async (id, facts, signal) => await (await door()).complete(id, facts, signal),
    end: async (id) => await (await door()).end(id),
    forward: async (from, signal) => await (await door()).forward(from, signal),
  };
}

/** Uploads a picture of a person or group; answers the upload's id. Errors: those of the calls, `too_large`. */
export async function sentPicture(api: Api, file: Blob): Promise<string> {
  const [{ uploadPicture }, { uploadDoor }] = await Promise.all([import("./picture.ts"), import("./upload-calls.ts")]);
  return await uploadPicture(uploadDoor(api, null), file);
}
