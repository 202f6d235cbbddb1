/** Owns the attachments of a message that is not sent: they are shown from this device, with how far their uploads are. */
import { bytesText, percentText } from "../../../texts/formats.ts";
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { PendingAttachment, PendingMessage } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { IconButton } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icons.tsx";
import { useActions } from "../../actions.ts";
import { useReachIndex } from "../reach.ts";
import { tileSize } from "./attachments.tsx";
import { CardFrame } from "./file-card.tsx";
import { isPicture } from "./layout.ts";
import { useObjectUrl } from "./object-url.ts";
import { Placeholder } from "./picture.tsx";

export function PendingAttachments({ pending }: { pending: PendingMessage }): JSX.Element {
  const pictures = pending.attachments.filter(isPicture);
  const cards = pending.attachments.filter((each) => !isPicture(each));
  return (
    <>
      {pictures.length > 0 && (
        <span className={pictures.length === 1 ? "album album-single" : "album"} data-testid="album">
          {pictures.map((attachment) => (
            <PendingPicture key={attachment.key} attachment={attachment} count={pictures.length} />
          ))}
        </span>
      )}
      {cards.map((attachment) => (
        <CardFrame
          key={attachment.key}
          name={attachment.name}
          kind={attachment.kind}
          line={<ProgressLine attachment={attachment} />}
        />
      ))}
      <UploadButtons pending={pending} />
    </>
  );
}

function PendingPicture({ attachment, count }: { attachment: PendingAttachment; count: number }): JSX.Element {
  const { blob, preview, kind, thumbhash, alt } = attachment;
  const shown = preview ?? (kind === "image" ? blob : null);
  const url = useObjectUrl(shown);
  return (
    <span className="picture" style={tileSize(attachment, count)} data-testid="pending-picture">
      <Placeholder thumbhash={thumbhash} />
      {url !== undefined && (
        <img className="picture-image" data-loaded="true" src={url} alt={alt ?? ""} draggable={false} />
      )}
      <span className="picture-progress">
        <ProgressLine attachment={attachment} />
      </span>
    </span>
  );
}

/** It watches the upload by itself: the message is not drawn again for each step. */
function ProgressLine({ attachment }: { attachment: PendingAttachment }): JSX.Element {
  const { state, sentBytes } = useObservable(attachment.progress);
  const { bytes } = attachment;
  const share = bytes === 0 ? 0 : sentBytes / bytes;
  switch (state) {
    case "done":
      return <Icon name="check" size={14} />;
    case "failed":
      return <Icon name="alert" size={14} />;
    case "paused":
      return <span data-testid="progress">{t`Paused`}</span>;
    case "waiting":
      return <span data-testid="progress">{bytes === 0 ? t`Waiting…` : bytesText(bytes)}</span>;
    case "uploading":
      return <span data-testid="progress">{percentText(share)}</span>;
  }
}

function UploadButtons({ pending }: { pending: PendingMessage }): JSX.Element | null {
  const { conversation } = useActions();
  const reachIndex = useReachIndex();
  const { clientId, attachments, status } = pending;
  const isPaused = attachments.some(({ state }) => state === "paused");
  if (status === "failed" || attachments.every(({ state }) => state === "done")) return null;
  return (
    <span className="upload-buttons">
      {isPaused ? (
        <IconButton
          icon="play"
          label={t`Go on with the upload`}
          size={16}
          tabIndex={reachIndex}
          onClick={() => conversation.uploads.resume(clientId)}
        />
      ) : (
        <IconButton
          icon="pause"
          label={t`Pause the upload`}
          size={16}
          tabIndex={reachIndex}
          onClick={() => conversation.uploads.pause(clientId)}
        />
      )}
      <IconButton
        icon="close"
        label={t`Cancel the upload`}
        size={16}
        tabIndex={reachIndex}
        onClick={() => conversation.discard(clientId)}
      />
    </span>
  );
}
