/** Owns handles on the screen. They run from left to right in every language, with the @ before them. */
import type { JSX } from "react";

export function Handle({ handle }: { handle: string | null | undefined }): JSX.Element | null {
  if (handle == null) return null;
  return (
    <bdi className="person-handle" dir="ltr">
      {`@${handle}`}
    </bdi>
  );
}
