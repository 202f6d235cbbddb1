/** Owns which messages of a conversation the user has starred, as this device knows it. */
import { deleteStar, getMarks, putStar } from "../../schema/http/conversation/marks.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Api } from "../session/api.ts";
import { retried } from "../link/retried.ts";
import { State } from "../observable.ts";

export class Marks {
  readonly #conversationId: string;
  readonly #api: Api;
  readonly starred = new State<ReadonlySet<number>>(new Set());
  /** The version of the marks that are known here; 0 where the user never starred anything. */
  #version = 0;
  #asking: Promise<void> | undefined;
  /** Own acts that the server has not answered yet. They are shown already. */
  readonly #pending = new Map<number, boolean>();
  #told: ReadonlySet<number> = new Set();

  constructor({ conversationId, api }: { conversationId: string; api: Api }) {
    this.#conversationId = conversationId;
    this.#api = api;
  }

  /** Asks for the marks, if the row says that they are others than those that are known here. */
  compare(row: Summary | undefined): void {
    const { marksVersion = 0 } = row ?? {};
    if (marksVersion > this.#version) this.#ask().catch(() => undefined);
  }

  async star(seq: number, isOn: boolean): Promise<void> {
    const params = { conversationId: this.#conversationId, seq };
    this.#pending.set(seq, isOn);
    this.#show();
    try {
      await retried(() => this.#api.run(isOn ? putStar : deleteStar, { params }));
      const told = new Set(this.#told);
      if (isOn) told.add(seq);
      else told.delete(seq);
      this.#told = told;
    } finally {
      if (this.#pending.get(seq) === isOn) this.#pending.delete(seq);
      this.#show();
    }
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#api
      .call(getMarks, { params: { conversationId: this.#conversationId } })
      .then(({ starred, marksVersion }) => {
        this.#version = marksVersion;
        this.#told = new Set(starred);
        this.#show();
      })
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  #show(): void {
    const shown = new Set(this.#told);
    for (const [seq, isOn] of this.#pending) {
      if (isOn) shown.add(seq);
      else shown.delete(seq);
    }
    const before = this.starred.getSnapshot();
    if (shown.size !== before.size || [...shown].some((seq) => !before.has(seq))) this.starred.set(shown);
  }
}
