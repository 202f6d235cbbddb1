/** Owns the files that are chosen for the next message of one conversation, while they are prepared and until they are sent. */
import type { AttachmentFile, Observable } from "parley-sdk";
import { uploadLimits } from "parley-sdk";
import { State } from "../../browser/state.ts";
import { familyOf, type FileFamily, prepare, type Prepared } from "../../media/prepare.ts";

export interface ChosenFile {
  readonly id: number;
  readonly file: File;
  readonly family: FileFamily;
  /** Whether it goes as it is, with all data that is in it. */
  readonly asFile: boolean;
  /** What it shows, in words, for those who do not see it. */
  readonly alt: string;
  /** Undefined while it is being prepared. */
  readonly prepared: Prepared | undefined;
  /** An address of the file in this page, to show it; undefined where there is nothing to show. */
  readonly url: string | undefined;
}

/** Files that are on their way. */
export interface Taken {
  readonly attachments: readonly AttachmentFile[];
  /** They could not be sent, and are chosen again, before those that were chosen since. */
  readonly giveBack: () => void;
}

/** What could not be chosen. */
export interface Refused {
  readonly tooLarge: readonly string[];
  readonly empty: readonly string[];
  readonly isTooMany: boolean;
}

export class ChosenFiles implements Observable<readonly ChosenFile[]> {
  readonly #state = new State<readonly ChosenFile[]>([]);
  readonly #readyListeners = new Set<() => void>();
  #ids = 0;
  #isSubmitted = false;

  readonly subscribe = this.#state.subscribe;
  readonly getSnapshot = this.#state.getSnapshot;

  get arePrepared(): boolean {
    return this.getSnapshot().every(({ prepared }) => prepared !== undefined);
  }

  /** Calls the listener when all files are prepared and the message was to go before that. */
  readonly onReady = (listener: () => void): (() => void) => {
    this.#readyListeners.add(listener);
    // Some became ready while no composer was there.
    this.#tellReady();
    return () => this.#readyListeners.delete(listener);
  };

  submitWhenReady(): void {
    this.#isSubmitted = true;
  }

  /** Adds those that can be sent. Answers what could not be chosen. */
  add(files: readonly File[]): Refused {
    const tooLarge = files.filter(({ size }) => size > uploadLimits.attachmentBytesMax);
    const empty = files.filter(({ size }) => size === 0);
    const good = files.filter((file) => !tooLarge.includes(file) && !empty.includes(file));
    const room = uploadLimits.attachmentsPerMessageMax - this.getSnapshot().length;
    for (const file of good.slice(0, room)) this.#choose(file);
    const namesOf = (some: readonly File[]) => some.map(({ name }) => name);
    return { tooLarge: namesOf(tooLarge), empty: namesOf(empty), isTooMany: good.length > room };
  }

  remove(id: number): void {
    const gone = this.getSnapshot().find((each) => each.id === id);
    if (gone?.url !== undefined) URL.revokeObjectURL(gone.url);
    this.#set(this.getSnapshot().filter((each) => each !== gone));
  }

  setAsFile(id: number, asFile: boolean): void {
    this.#change(id, { asFile, prepared: undefined });
    void this.#prepare(id);
  }

  setAlt(id: number, alt: string): void {
    this.#change(id, { alt });
  }

  /** What is sent, in the order of the choice. They are not chosen any more. */
  take(): Taken {
    const taken = this.getSnapshot();
    for (const { url } of taken) if (url !== undefined) URL.revokeObjectURL(url);
    this.#set([]);
    return {
      attachments: taken.map(({ file, prepared, alt }) => ({ ...(prepared?.source ?? { file }), alt })),
      giveBack: () => {
        const again = taken.map((each) => ({ ...each, url: urlOf(each.file, each.family) }));
        this.#set([...again, ...this.getSnapshot()].slice(0, uploadLimits.attachmentsPerMessageMax));
      },
    };
  }

  #choose(file: File): void {
    const id = ++this.#ids;
    const family = familyOf(file);
    const chosen = { id, file, family, asFile: false, alt: "", prepared: undefined, url: urlOf(file, family) };
    this.#set([...this.getSnapshot(), chosen]);
    void this.#prepare(id);
  }

  async #prepare(id: number): Promise<void> {
    const chosen = this.getSnapshot().find((each) => each.id === id);
    if (chosen === undefined) return;
    const prepared = await prepare(chosen.file, chosen.asFile);
    // Another choice of how it goes may have been made meanwhile.
    if (this.getSnapshot().find((each) => each.id === id)?.asFile === chosen.asFile) this.#change(id, { prepared });
  }

  #change(id: number, change: Partial<ChosenFile>): void {
    this.#set(this.getSnapshot().map((each) => (each.id === id ? { ...each, ...change } : each)));
  }

  #set(files: readonly ChosenFile[]): void {
    this.#state.set(files);
    this.#tellReady();
  }

  /** A message that was to go with these files goes now, or when its chat is on screen again. */
  #tellReady(): void {
    if (!this.#isSubmitted || !this.arePrepared) return;
    const isEmpty = this.getSnapshot().length === 0;
    if (!isEmpty && this.#readyListeners.size === 0) return;
    this.#isSubmitted = false;
    if (!isEmpty) for (const listener of this.#readyListeners) listener();
  }
}

function urlOf(file: File, family: FileFamily): string | undefined {
  return family === "picture" || family === "video" ? URL.createObjectURL(file) : undefined;
}

const byConversation = new Map<string, ChosenFiles>();

/** The same for the same conversation as long as the page lives, so that a look into another chat loses nothing. */
export function chosenFilesOf(userId: string, conversationId: string): ChosenFiles {
  const name = `${userId} ${conversationId}`;
  const known = byConversation.get(name);
  if (known !== undefined) return known;
  const chosen = new ChosenFiles();
  byConversation.set(name, chosen);
  return chosen;
}

/** Of an account that is signed out nothing stays in the page. */
export function forgetChosenFiles(userId: string): void {
  for (const [name, chosen] of byConversation) {
    if (!name.startsWith(`${userId} `)) continue;
    chosen.take();
    byConversation.delete(name);
  }
}
