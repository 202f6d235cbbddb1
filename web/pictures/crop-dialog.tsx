/** Owns choosing the part of a picture that becomes the picture of a person or group: it is moved and enlarged under a round window. */
import { t } from "@lingui/core/macro";
import { type JSX, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Dialog, DialogActions } from "../ui/dialog.tsx";
import { FormError } from "../ui/field.tsx";
import { errorText } from "../texts/error-text.ts";
import { covering, cropOf, croppedFile } from "./crop.ts";
import { useGestures } from "./gestures.ts";
import { scaleMax } from "./zoom.ts";
import "./pictures.css";

const sidePx = 280;
const stepPx = 10;

interface CropDialogProps {
  readonly file: File;
  readonly onClose: () => void;
  /** Keeps the picture. The dialog closes when it resolves, and shows the error otherwise. */
  readonly onCropped: (picture: Blob) => Promise<void>;
}

export function CropDialog({ file, onClose, onCropped }: CropDialogProps): JSX.Element {
  const picture = usePicture(file);
  return (
    <Dialog title={t`Choose the part to show`} onClose={onClose}>
      <div className="dialog-body">
        {picture === "unreadable" ? (
          <FormError text={t`This picture cannot be read. Choose a JPEG, PNG, WebP or GIF file.`} />
        ) : (
          picture !== null && <Crop picture={picture} onClose={onClose} onCropped={onCropped} />
        )}
      </div>
    </Dialog>
  );
}

interface Loaded {
  readonly bitmap: ImageBitmap;
  readonly url: string;
}

/** Null until it is read. */
function usePicture(file: File): Loaded | "unreadable" | null {
  const [picture, setPicture] = useState<Loaded | "unreadable" | null>(null);
  useEffect(() => {
    let isWanted = true;
    let made: Loaded | undefined;
    createImageBitmap(file).then(
      (bitmap) => {
        if (!isWanted) {
          bitmap.close();
          return;
        }
        made = { bitmap, url: URL.createObjectURL(file) };
        setPicture(made);
      },
      () => {
        if (isWanted) setPicture("unreadable");
      },
    );
    return () => {
      isWanted = false;
      made?.bitmap.close();
      if (made !== undefined) URL.revokeObjectURL(made.url);
    };
  }, [file]);
  return picture;
}

interface CropProps extends Pick<CropDialogProps, "onClose" | "onCropped"> {
  readonly picture: Loaded;
}

function Crop({ picture: { bitmap, url }, onClose, onCropped }: CropProps): JSX.Element {
  const stage = useRef<HTMLDivElement>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const covers = covering(bitmap, sidePx);
  const nothing = (): void => undefined;
  const { zoom, zoomBy, moveBy, handlers } = useGestures({
    stage,
    picture: covers,
    screen: { width: sidePx, height: sidePx },
    canAlwaysMove: true,
    onSwipe: nothing,
    onPullDown: nothing,
    onBeside: nothing,
  });
  const save = () => {
    setIsBusy(true);
    setFault(undefined);
    croppedFile(bitmap, cropOf(bitmap, sidePx, zoom))
      .then(onCropped)
      .then(onClose, (error: unknown) => {
        setIsBusy(false);
        setFault(errorText(error));
      });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const [x, y] = moves[event.key] ?? [0, 0];
    if (event.key === "+" || event.key === "=") zoomBy(1.2);
    else if (event.key === "-") zoomBy(1 / 1.2);
    else if (x !== 0 || y !== 0) moveBy({ x: x * stepPx, y: y * stepPx });
    else return;
    event.preventDefault();
  };
  return (
    <>
      {/* Moved by the arrow keys as by a finger. */}
      <div
        ref={stage}
        className="crop-stage"
        role="application"
        tabIndex={0}
        aria-label={t`Picture: the arrow keys move it, plus and minus enlarge it`}
        onKeyDown={onKeyDown}
        {...handlers}
      >
        <img
          className="crop-picture"
          src={url}
          alt=""
          draggable={false}
          style={{
            width: covers.width,
            height: covers.height,
            transform: `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})`,
          }}
        />
        <div className="crop-window" aria-hidden="true" />
      </div>
      <label className="crop-zoom">
        <span className="sr-only">{t`Enlarge`}</span>
        <input
          type="range"
          min={1}
          max={scaleMax}
          step={0.05}
          value={zoom.scale}
          onChange={(event) => zoomBy(event.currentTarget.valueAsNumber / zoom.scale)}
        />
      </label>
      <FormError text={fault} />
      <DialogActions onClose={onClose}>
        <button type="button" className="button button-main" disabled={isBusy} onClick={save}>
          {t`Save`}
        </button>
      </DialogActions>
    </>
  );
}

const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
