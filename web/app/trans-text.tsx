/** Owns the element around each text that `<Trans>` shows. */
import type { TransRenderProps } from "@lingui/react";
import type { JSX } from "react";

/**
 * A browser that translates the page replaces texts by elements of its own. React could neither remove nor change a text that stood beside the
 * elements of its sentence, so a sentence is one element, which is made anew when its words change.
 */
export function TransText({ translation, children }: TransRenderProps): JSX.Element {
  const words = [translation].flat().map((piece) => (typeof piece === "string" ? piece : "<>"));
  return <span key={words.join("")}>{children}</span>;
}
