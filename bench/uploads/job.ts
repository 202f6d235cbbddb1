/** Owns what the process that moves files is asked for, and answers. Both cross a process boundary as JSON. */

/** Where files go: into a conversation of Parley, or to the bare Worker. */
export type Place =
  | { readonly kind: "parley"; readonly port: number; readonly token: string; readonly conversationId: string }
  | { readonly kind: "bare"; readonly port: number };

export type MoveJob =
  | {
      readonly do: "up";
      readonly place: Place;
      readonly files: number;
      readonly bytes: number;
      /** Files, and parts of each of them, that are under way at once. */
      readonly filesAtOnce: number;
      readonly partsAtOnce: number;
    }
  | { readonly do: "down"; readonly place: Place; readonly names: readonly string[]; readonly bytes: number }
  | { readonly do: "remove"; readonly place: Place; readonly names: readonly string[] };

export interface Moved {
  readonly seconds: number;
  /** Of an upload: how long completing one file took, on average. */
  readonly completingSeconds: number;
  /** What was uploaded: ids of attachments, or keys. */
  readonly names: readonly string[];
}

export type MoveAnswer = Moved | { readonly error: string };
