/** Owns the attachments of a message on the screen: a picture, several as an album, and the rest as cards. */
import type { JSX } from "react";
import type { Message } from "parley-sdk";
import { useActions } from "../../actions.ts";
import { FileCard } from "./file-card.tsx";
import { isPicture, pictureSize, tilePx } from "./layout.ts";
import { Picture } from "./picture.tsx";
import { isSound, Voice } from "./voice.tsx";

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
              alt={text === "" ? attachment.name : text.slice(0, altCharactersMax)}
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

/** A picture that is alone has its own shape, several are tiles of one size. */
export function tileSize(
  picture: { readonly width: number | null; readonly height: number | null },
  count: number,
): { width: number; height: number } {
  return count === 1 ? pictureSize(picture) : { width: tilePx, height: tilePx };
}
