/** Previews of links: what a page says of itself, brought by the server, so that no reader's browser asks another site. */
import { z } from "zod";
import { linkPreviewBounds } from "../bounds/link-previews.ts";
import { route } from "./route.ts";

export const linkPreview = z.object({
  /** The link that was asked for, without its fragment. */
  url: z.string(),
  title: z.string(),
  /** Empty where the page has none. */
  description: z.string(),
  /** The name of the site, or its host. */
  site: z.string(),
  /** An address of this server, which needs no authorization. */
  imageUrl: z.string().nullable(),
});
export type LinkPreview = z.infer<typeof linkPreview>;

const address = z.string().min(1).max(linkPreviewBounds.urlCharactersMax);

export const getLinkPreview = route({
  method: "GET",
  path: "/v1/link-previews",
  summary: "What a linked page says of itself: the server fetches public pages, and keeps what it read for a day",
  tag: "Links",
  query: z.object({ url: address }),
  answers: { 200: { description: "The preview", body: linkPreview } },
  errors: ["unauthenticated", "bad_request", "not_found", "rate_limited"],
});

export const getLinkImage = route({
  method: "GET",
  path: "/v1/link-images/:signature",
  summary: "The picture of a linked page; a preview gives its address, which is all the right that is needed",
  tag: "Links",
  isOpen: true,
  params: z.object({ signature: z.string().min(1).max(64) }),
  query: z.object({ of: address }),
  answers: {
    200: { description: "The picture, as PNG, JPEG, GIF, WebP or AVIF", body: z.string(), mediaType: "image/*" },
  },
  errors: ["bad_request", "not_found", "rate_limited"],
});
