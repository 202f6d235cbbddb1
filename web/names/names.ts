/** Owns the names of people and the titles of conversations on the screen. */
import { t } from "@lingui/core/macro";
import type { Summary, User } from "parley-sdk";

/** The parts of a user that a name is made of. The name may be empty. */
export type Named = Pick<User, "name" | "handle" | "deleted">;

export function nameOf(user: Named | undefined): string {
  if (user === undefined) return "…";
  if (user.deleted === true) return t`Deleted account`;
  return user.name === "" ? (user.handle ?? t`Somebody`) : user.name;
}

/** For "Ana started the chat": the first word of a name. */
export function shortNameOf(user: Named | undefined): string {
  return nameOf(user).split(/\s/)[0] ?? "";
}

type TitledRow = Pick<Summary, "kind" | "title"> & { readonly peer?: User | undefined };

export function titleOf(row: TitledRow, ownId: string): string {
  if (row.kind === "group") return row.title ?? t`Group`;
  if (row.peer === undefined || row.peer.id === ownId) return t`Notes to yourself`;
  return nameOf(row.peer);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** One or two letters for an avatar: whole grapheme clusters, so that no emoji or accent is cut apart. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word));
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? name];
  return (
    chosen
      .map((word) => firstGrapheme((word ?? "").replace(/^[^\p{L}\p{N}\p{Extended_Pictographic}]+/u, "")))
      // Letters that would join, as those of Arabic do, stay two.
      .join(/\p{Script=Arabic}/u.test(name) ? "\u200c" : "")
      .toUpperCase()
  );
}

function firstGrapheme(text: string): string {
  for (const { segment } of graphemes.segment(text)) return segment.slice(0, 16);
  return "";
}

const hues = 12;

/** The same colour for the same id, everywhere. */
export function hueOf(id: string): number {
  let hash = 0;
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) % 65_521;
  return hash % hues;
}
