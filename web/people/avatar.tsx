/** Owns avatars: coloured initials. Purely for the eye, the name always stands beside it or in a label. */
import type { JSX } from "react";
import { hueOf, initialsOf } from "./names.ts";

interface AvatarProps {
  readonly id: string;
  readonly name: string;
  readonly size?: "tiny" | "small" | "medium" | "large";
  readonly title?: string | undefined;
}

export function Avatar({ id, name, size = "medium", title }: AvatarProps): JSX.Element {
  return (
    <span className={`avatar avatar-${size} hue-${hueOf(id)}`} aria-hidden="true" title={title}>
      {initialsOf(name)}
    </span>
  );
}
