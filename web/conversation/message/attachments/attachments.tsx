/** Owns the attachments of a message on the screen: a picture, several as an album, and the rest as cards. */
import type { JSX } from "react";
import type { Attachment, Message } from "parley-sdk";
import { useActions } from "../../actions.ts";
import { FileCard } from "./file-card.tsx";
import { isPicture, isSound, pictureSize, tilePx } from "./layout.ts";
import { Picture } from "./picture.tsx";
import { Voice } from "./voice.tsx";

const altCharactersMax = 200;

export function Attachments({ message }: { message: Message }): JSX.Element {
  const { showMedia } = useActions();
  const { attachments, text } = message;
  const pictures = attachments.filter(isPicture);
  const sounds = attachments.filter(isSound);
  const cards = attachments.filter((each) => !isPicture(each) && !isSound(each));
  return (
    <>
      {pictures.length > 0 && (
        <span className={pictures.length === 1 ? "album album-single" : "album"} data-testid="album">
          {pictures.map((attachment) => (
            <Picture
              key={attachment.id}
              attachment={attachment}
              size={tileSize(attachment, pictures.length)}
              alt={altOf(attachment, text)}
              onOpen={() => showMedia(message.seq, attachment.id)}
            />
          ))}
        </span>
      )}
      {sounds.map((attachment) => (
        <Voice key={attachment.id} message={message} attachment={attachment} />
      ))}
      {cards.map((attachment) => (
        <FileCard key={attachment.id} attachment={attachment} />
      ))}
    </>
  );
}

/** What is said of a picture: what its sender has said that it shows, else the text beside it, else its name. */
export function altOf({ alt, name }: Pick<Attachment, "alt" | "name">, text: string): string {
  return alt ?? (text === "" ? name : text.slice(0, altCharactersMax));
}

/** A picture that is alone has its own shape, several are tiles of one size. */
export function tileSize(
  picture: { readonly width: number | null; readonly height: number | null },
  count: number,
): { width: number; height: number } {
  return count === 1 ? pictureSize(picture) : { width: tilePx, height: tilePx };
}
