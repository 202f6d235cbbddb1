/** Owns the avatar of a person with the dot that says that they are online. Their presence is watched while the avatar is in view. */
import { t } from "@lingui/core/macro";
import { type ComponentProps, type JSX, useRef } from "react";
import { Avatar } from "../names/avatar.tsx";
import { usePresence, useWatched } from "./presence.ts";

type PersonAvatarProps = Omit<ComponentProps<typeof Avatar>, "id"> & { readonly userId: string };

export function PersonAvatar({ userId, size = "medium", ...rest }: PersonAvatarProps): JSX.Element {
  const place = useRef<HTMLSpanElement>(null);
  useWatched(place, [userId]);
  const { status } = usePresence(userId);
  return (
    <span ref={place} className={`avatar-place avatar-place-${size}`}>
      <Avatar id={userId} size={size} {...rest} />
      {status === "online" && (
        <span className="online-dot" data-testid="online-dot">
          <span className="sr-only">{t`online`}</span>
        </span>
      )}
    </span>
  );
}
