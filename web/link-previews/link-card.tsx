/** Owns the card of a link under a message's text. What the other site says is shown as text, and its picture comes from our own server. */
import { type JSX, useMemo, useState } from "react";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { linkPreviewsOf } from "./previews.ts";
import "./link-previews.css";

interface LinkCardProps {
  /** The link, as the message's text links it. */
  readonly href: string;
  readonly tabIndex: number;
  /** Stands in place of a card that is not here yet, or that the page does not have. */
  readonly instead?: JSX.Element;
}

export function LinkCard({ href, tabIndex, instead }: LinkCardProps): JSX.Element | null {
  const account = useAccount();
  const preview = useObservable(useMemo(() => linkPreviewsOf(account).of(href), [account, href]));
  const [hasPicture, setHasPicture] = useState(true);
  if (preview === null) return instead ?? null;
  const { title, description, site, imageUrl } = preview;
  return (
    <a className="link-card" href={href} target="_blank" rel="noopener noreferrer" tabIndex={tabIndex}>
      {imageUrl !== null && hasPicture && (
        // The title says what the picture would.
        <img
          className="link-card-picture"
          src={imageUrl}
          alt=""
          width={72}
          height={72}
          loading="lazy"
          decoding="async"
          onError={() => setHasPicture(false)}
        />
      )}
      <span className="link-card-texts">
        <bdi className="link-card-site">{site}</bdi>
        <bdi className="link-card-title">{title}</bdi>
        {description !== "" && <bdi className="link-card-description">{description}</bdi>}
      </span>
    </a>
  );
}
