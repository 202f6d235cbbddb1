/** Owns the attachments of a message on the screen: a picture, several as an album, and the rest as cards. */
import type { JSX } from "react";
import type { Attachment, Message } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { useAttempt } from "../../../ui/toast.tsx";
import { download } from "./address.ts";
import { FileCard } from "./file-card.tsx";
import { isPicture, pictureSize, tilePx } from "./layout.ts";
import { Picture } from "./picture.tsx";

const altCharactersMax = 200;

export function Attachments({ message }: { message: Message }): JSX.Element {
  const account = useAccount();
  const attempt = useAttempt();
  const { attachments, text } = message;
  const pictures = attachments.filter(isPicture);
  const cards = attachments.filter((each) => !isPicture(each));
  const open = (attachment: Attachment) => attempt(() => download(account, attachment));
  return (
    <>
      {pictures.length > 0 && (
        <span className={pictures.length === 1 ? "album album-single" : "album"} data-testid="album">
          {pictures.map((attachment) => (
            <Picture
              key={attachment.id}
              attachment={attachment}
              size={tileSize(attachment, pictures.length)}
              alt={text === "" ? attachment.name : text.slice(0, altCharactersMax)}
              onOpen={() => open(attachment)}
            />
          ))}
        </span>
      )}
      {cards.map((attachment) => (
        <FileCard key={attachment.id} attachment={attachment} />
      ))}
    </>
  );
}

/** A picture that is alone has its own shape, several are tiles of one size. */
export function tileSize(
  picture: { readonly width: number | null; readonly height: number | null },
  count: number,
): { width: number; height: number } {
  return count === 1 ? pictureSize(picture) : { width: tilePx, height: tilePx };
}
