/** Owns taking a photo with the camera of this device. The camera is let go when the dialog closes. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useRef, useState } from "react";
import { drawn } from "../media/canvas.ts";
import { release } from "../media/stream.ts";
import { Dialog, DialogActions } from "../ui/dialog.tsx";
import { FormError } from "../ui/field.tsx";
import "./pictures.css";

interface CameraDialogProps {
  readonly onClose: () => void;
  readonly onTaken: (photo: File) => void;
}

export function CameraDialog({ onClose, onTaken }: CameraDialogProps): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const [isOn, setIsOn] = useState(false);
  const [isTaking, setIsTaking] = useState(false);
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    let isWanted = true;
    let stream: MediaStream | undefined;
    navigator.mediaDevices
      .getUserMedia({ video: { facingMode: "environment", width: { ideal: 1_920 }, height: { ideal: 1_080 } } })
      .then(
        async (found) => {
          stream = found;
          if (!isWanted) return release(found);
          const element = video.current;
          if (element === null) return undefined;
          element.srcObject = found;
          await element.play();
          if (isWanted) setIsOn(true);
          return undefined;
        },
        (error: unknown) => {
          if (isWanted) setFault(faultText(error));
        },
      )
      .catch(() => {
        if (isWanted) setFault(t`The camera gives no picture.`);
      });
    return () => {
      isWanted = false;
      if (stream !== undefined) release(stream);
    };
  }, []);

  const take = () => {
    const element = video.current;
    if (element === null || element.videoWidth === 0) return;
    setIsTaking(true);
    photoOf(element).then(
      (photo) => {
        // It was closed meanwhile.
        if (video.current === null) return;
        onTaken(photo);
        onClose();
      },
      () => setFault(t`The camera gives no picture.`),
    );
  };

  return (
    <Dialog title={t`Take a photo`} onClose={onClose} isWide>
      <div className="dialog-body">
        {/* It shows what the camera sees now: there is nothing to be said in captions. */}
        {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
        <video
          ref={video}
          className="camera"
          muted
          playsInline
          aria-label={t`What the camera sees`}
          hidden={fault !== undefined}
        />
        <FormError text={fault} />
        <DialogActions onClose={onClose}>
          <button type="button" className="button button-main" disabled={!isOn || isTaking} onClick={take}>
            {t`Take the photo`}
          </button>
        </DialogActions>
      </div>
    </Dialog>
  );
}

async function photoOf(video: HTMLVideoElement): Promise<File> {
  const blob = await drawn(video, { width: video.videoWidth, height: video.videoHeight }, "image/jpeg", 0.92);
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}.${two(now.getMinutes())}.${two(now.getSeconds())}`;
  return new File([blob], `photo ${day} ${time}.jpg`, { type: blob.type });
}

function faultText(error: unknown): string {
  const isMissing = error instanceof DOMException && error.name === "NotFoundError";
  return isMissing
    ? t`No camera was found.`
    : t`The camera is not allowed. You can allow it in the settings of the browser for this page.`;
}
