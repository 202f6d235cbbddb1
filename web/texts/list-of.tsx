/** Owns lists of elements in a sentence: "Ana, Ben and Cleo", with the marks and words of the page's language between them. */
import type { JSX } from "react";
import { listPieces } from "./formats.ts";

export function ListOf({ items }: { items: readonly JSX.Element[] }): JSX.Element {
  return (
    <>
      {listPieces(items.length).map((piece, index) =>
        typeof piece === "number" ? items[piece] : <span key={`between-${index}`}>{piece}</span>,
      )}
    </>
  );
}
