/** Owns avatars: coloured initials. Screen readers skip them, for the name always stands beside them or in a label. */
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
