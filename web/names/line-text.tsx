/**
 * Owns the text of a message in one line. Handles and addresses in it read from left to right and have no say in its direction, as in the message itself: an Arabic text
 * that begins with a mention begins at the right.
 */
import { type JSX, useMemo } from "react";
import { textSpans } from "parley-sdk";

/** To be put into an element that has the direction of its text. */
export function LineText({ text }: { readonly text: string }): JSX.Element {
  const pieces = useMemo(() => piecesOf(text), [text]);
  // The pieces of a text never change their order.
  return (
    <>
      {pieces.map(({ piece, isLatin }, index) =>
        isLatin ? (
          <bdi key={index} dir="ltr">
            {piece}
          </bdi>
        ) : (
          <span key={index}>{piece}</span>
        ),
      )}
    </>
  );
}

interface LinePiece {
  readonly piece: string;
  readonly isLatin: boolean;
}

function piecesOf(text: string): readonly LinePiece[] {
  const pieces: LinePiece[] = [];
  let done = 0;
  const add = (until: number, isLatin: boolean): void => {
    if (until > done) pieces.push({ piece: text.slice(done, until), isLatin });
    done = until;
  };
  for (const { from, to } of textSpans(text)) {
    add(from, false);
    add(to, true);
  }
  add(text.length, false);
  return pieces;
}
