/** Owns changing the picture of a person or group: choosing a file, the part of it that is shown, and taking it away. */
import { t } from "@lingui/core/macro";
import { type JSX, useRef, useState } from "react";
import { Avatar } from "../names/avatar.tsx";
import { useAttempt } from "../ui/toast.tsx";
import { CropDialog } from "./crop-dialog.tsx";
import "./pictures.css";

const accepted = ["jpeg", "png", "webp", "gif", "avif"].map((type) => `image/${type}`).join();

interface AvatarFieldProps {
  readonly id: string;
  readonly name: string;
  readonly url: string | null | undefined;
  readonly isDisabled?: boolean;
  /** Null takes the picture away. */
  readonly save: (picture: Blob | null) => Promise<unknown>;
}

export function AvatarField({ id, name, url, isDisabled = false, save }: AvatarFieldProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const attempt = useAttempt();
  const [file, setFile] = useState<File | null>(null);
  const avatar = <Avatar id={id} name={name} url={url} size="large" />;
  if (isDisabled) return avatar;
  return (
    <div className="avatar-field">
      {avatar}
      <input
        ref={input}
        type="file"
        accept={accepted}
        hidden
        data-testid="avatar-input"
        onChange={({ currentTarget }) => {
          setFile(currentTarget.files?.[0] ?? null);
          // The same file can be chosen again.
          currentTarget.value = "";
        }}
      />
      <div className="avatar-actions">
        <button type="button" className="button" onClick={() => input.current?.click()}>
          {url == null ? t`Add a picture` : t`Change the picture`}
        </button>
        {url != null && (
          <button type="button" className="button" onClick={() => attempt(() => save(null))}>
            {t`Remove the picture`}
          </button>
        )}
      </div>
      {file !== null && (
        <CropDialog
          file={file}
          onClose={() => setFile(null)}
          onCropped={async (picture) => {
            await save(picture);
          }}
        />
      )}
    </div>
  );
}
