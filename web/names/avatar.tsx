/** Owns avatars: a picture, or coloured initials. Screen readers skip them, for the name always stands beside them or in a label. */
import { type JSX, useState } from "react";
import { useOnlineTimes } from "../browser/observe.ts";
import { hueOf, initialsOf } from "./names.ts";

interface AvatarProps {
  readonly id: string;
  readonly name: string;
  /** The address of the picture; null or absent: initials. */
  readonly url?: string | null | undefined;
  readonly size?: "tiny" | "small" | "medium" | "large";
  readonly title?: string | undefined;
}

export function Avatar({ id, name, url = null, size = "medium", title }: AvatarProps): JSX.Element {
  // An old address ends when the picture is replaced, and there may be no network: then there are initials.
  const times = useOnlineTimes();
  const [failed, setFailed] = useState<string | null>(null);
  const mark = `${times} ${url}`;
  const isPicture = url !== null && mark !== failed;
  return (
    <span className={`avatar avatar-${size} hue-${hueOf(id)}`} aria-hidden="true" title={title}>
      {isPicture ? (
        <img
          className="avatar-picture"
          src={url}
          alt=""
          loading="lazy"
          draggable={false}
          onError={() => setFailed(mark)}
        />
      ) : (
        <bdi>{initialsOf(name)}</bdi>
      )}
    </span>
  );
}
