/** Owns changing the picture of a person or group: choosing a file, the part of it that is shown, and taking it away. */
import { t } from "@lingui/core/macro";
import { type JSX, useRef, useState } from "react";
import { Avatar } from "../names/avatar.tsx";
import { IconButton } from "../ui/button.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { useAttempt } from "../ui/toast.tsx";
import { CropDialog } from "./crop-dialog.tsx";
import "./pictures.css";

const accepted = ["jpeg", "png", "webp", "gif", "avif"].map((type) => `image/${type}`).join();

interface AvatarFieldProps {
  readonly id: string;
  readonly name: string;
  readonly url: string | null | undefined;
  readonly isDisabled?: boolean;
  /** One button at the edge of the picture, where it is not what the place is about. */
  readonly isCompact?: boolean;
  /** Null takes the picture away. */
  readonly save: (picture: Blob | null) => Promise<unknown>;
}

export function AvatarField({
  id,
  name,
  url,
  isDisabled = false,
  isCompact = false,
  save,
}: AvatarFieldProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const attempt = useAttempt();
  const [file, setFile] = useState<File | null>(null);
  const avatar = <Avatar id={id} name={name} url={url} size="large" />;
  const choose = () => input.current?.click();
  const remove = () => attempt(() => save(null));
  if (isDisabled) return avatar;
  return (
    <div className={isCompact ? "avatar-field avatar-field-compact" : "avatar-field"}>
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
      {isCompact && url == null && (
        <IconButton icon="camera" size={18} label={t`Add a picture`} className="avatar-edge" onClick={choose} />
      )}
      {isCompact && url != null && (
        <Menu
          label={t`Change the picture`}
          trigger={<IconButton icon="camera" size={18} label={t`Change the picture`} className="avatar-edge" />}
        >
          {() => (
            <>
              <MenuItem icon="camera" onSelect={choose}>{t`Change the picture`}</MenuItem>
              <MenuItem icon="trash" isDanger onSelect={remove}>{t`Remove the picture`}</MenuItem>
            </>
          )}
        </Menu>
      )}
      {!isCompact && (
        <div className="avatar-actions">
          <button type="button" className="button" onClick={choose}>
            {url == null ? t`Add a picture` : t`Change the picture`}
          </button>
          {url != null && (
            <button type="button" className="button" onClick={remove}>
              {t`Remove the picture`}
            </button>
          )}
        </div>
      )}
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
