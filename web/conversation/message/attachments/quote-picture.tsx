/** Owns the small picture in a quote, and in the bar above the text field: what is answered is known at a glance. */
import type { JSX } from "react";
import type { Message } from "parley-sdk";
import { isPictureShown, LoadedPicture, Placeholder } from "./picture.tsx";

/** Nothing where the message has no picture, or was unsent. The line beside it says what it is. */
export function QuotePicture({ message }: { message: Message | undefined }): JSX.Element | null {
  const first = message?.unsentAt === null ? message.attachments[0] : undefined;
  if (first === undefined || (first.kind !== "image" && first.kind !== "video")) return null;
  return (
    <span className="quote-picture" aria-hidden="true">
      <Placeholder thumbhash={first.thumbhash} />
      {isPictureShown(first) && <LoadedPicture attachment={first} />}
    </span>
  );
}
