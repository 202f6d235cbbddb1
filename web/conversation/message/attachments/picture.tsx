/** Owns one picture of a message, or the picture of a video: its place has the right size at once, and a placeholder until it is loaded. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useState } from "react";
import type { Attachment } from "parley-sdk";
import { placeholderOf } from "../../../media/placeholder.ts";
import { Icon } from "../../../ui/icons.tsx";
import { useReachIndex } from "../reach.ts";
import { keepPicture } from "../../../media/kept-pictures.ts";
import { useAccount } from "../../../accounts/account-context.ts";
import { useAddress, useKeptPicture } from "./address.ts";
import { useObjectUrl } from "./object-url.ts";

/** As wide as its place, and as high as wide. */
export const wholeTile = { width: "100%", aspectRatio: "1" } as const;

interface PictureProps {
  readonly attachment: Attachment;
  readonly size: { readonly width: number; readonly height: number } | typeof wholeTile;
  /** What is said of it to those who do not see it. */
  readonly alt: string;
  readonly onOpen: () => void;
}

/** Small enough to be shown whole where there is no preview. */
const wholeBytesMax = 3_000_000;

export function isPictureShown({ kind, hasPreview, bytes }: Attachment): boolean {
  return hasPreview || (kind === "image" && bytes <= wholeBytesMax);
}

export function Picture({ attachment, size, alt, onOpen }: PictureProps): JSX.Element {
  const { kind, thumbhash } = attachment;
  const reachIndex = useReachIndex();
  return (
    <button
      type="button"
      className="picture"
      style={size}
      tabIndex={reachIndex}
      aria-label={kind === "video" ? videoText(alt) : pictureText(alt)}
      data-testid="picture"
      onClick={onOpen}
    >
      <Placeholder thumbhash={thumbhash} />
      {isPictureShown(attachment) && <LoadedPicture attachment={attachment} />}
      {kind === "video" && (
        <span className="picture-play">
          <Icon name="play" size={26} />
        </span>
      )}
    </button>
  );
}

/** Over the placeholder, as soon as it has come. */
export function LoadedPicture({ attachment }: { attachment: Attachment }): JSX.Element {
  const { userId } = useAccount();
  const variant = attachment.hasPreview ? "preview" : "original";
  const { address, onError } = useAddress(attachment, variant);
  const [isLoaded, setIsLoaded] = useState(false);
  // Without network, or where it is slow: as it was kept when it was on the screen the last time.
  const isLate = useIsLate();
  const kept = useKeptPicture(attachment.id, variant, address !== "gone" && !isLoaded && isLate);
  const keptUrl = useObjectUrl(kept);
  if (keptUrl !== undefined && !isLoaded)
    return <img className="picture-image" src={keptUrl} alt="" data-loaded="true" draggable={false} />;
  if (address === "gone") return <span className="picture-gone">{t`Not available any more`}</span>;
  if (address === "loading") return <></>;
  return (
    <img
      className="picture-image"
      src={address.url}
      alt=""
      decoding="async"
      data-loaded={isLoaded}
      onLoad={() => {
        setIsLoaded(true);
        keepPicture(userId, attachment.id, variant, address.url).catch(() => undefined);
      }}
      onError={onError}
      draggable={false}
    />
  );
}

/** The browser does not always know that there is no network, so what does not come for a while counts. */
const lateMs = 1_200;

function useIsLate(): boolean {
  const [isLate, setIsLate] = useState(!navigator.onLine);
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), lateMs);
    return () => clearTimeout(timer);
  }, []);
  return isLate;
}

export function Placeholder({ thumbhash }: { thumbhash: string | null }): JSX.Element {
  const url = placeholderOf(thumbhash);
  return url === undefined ? <></> : <img className="picture-placeholder" src={url} alt="" draggable={false} />;
}

function pictureText(alt: string): string {
  return t({
    message: `Picture: ${alt}`,
    comment: "Said by screen readers: the text that was sent with it, or its name",
  });
}

function videoText(alt: string): string {
  return t({
    message: `Video: ${alt}`,
    comment: "Said by screen readers: the text that was sent with it, or its name",
  });
}
