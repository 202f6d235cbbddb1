/** Owns the files that are chosen for the next message, above the text field. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { uploadLimits } from "parley-sdk";
import { bytesText } from "../../texts/formats.ts";
import { IconButton } from "../../ui/button.tsx";
import { Icon } from "../../ui/icons.tsx";
import type { ChosenFile, ChosenFiles } from "./chosen-files.ts";

export function FileTray({ chosen, files }: { chosen: ChosenFiles; files: readonly ChosenFile[] }): JSX.Element {
  return (
    <ul className="file-tray" aria-label={t`Files to send`}>
      {files.map((file) => (
        <TrayFile key={file.id} chosen={chosen} file={file} />
      ))}
    </ul>
  );
}

function TrayFile({ chosen, file }: { chosen: ChosenFiles; file: ChosenFile }): JSX.Element {
  const { id, family, asFile, alt, prepared, url } = file;
  const { name } = file.file;
  const trouble = prepared?.trouble ?? null;
  const isShown = url !== undefined && trouble === null;
  return (
    <li className="tray-file" data-testid="tray-file" aria-busy={prepared === undefined}>
      <span className="tray-picture">
        {isShown && family === "picture" && <img src={url} alt="" />}
        {isShown && family === "video" && <video src={url} muted playsInline preload="metadata" />}
        {!isShown && <Icon name="file" size={26} />}
      </span>
      <span className="tray-text">
        <bdi className="tray-name">{name}</bdi>
        <span className="quiet">{prepared === undefined ? t`Preparing…` : bytesText(prepared.source.file.size)}</span>
        {trouble !== null && (
          <span className="tray-trouble" role="note">
            {trouble === "heic"
              ? t`This browser cannot show HEIC pictures, so it is sent as a file. Others may not see it either.`
              : t`This picture cannot be read, so it is sent as a file.`}
          </span>
        )}
        {(family === "picture" || family === "video") && trouble === null && (
          <input
            className="tray-alt"
            type="text"
            value={alt}
            maxLength={uploadLimits.altCodePointsMax}
            aria-label={describeText(name)}
            placeholder={t`Describe what it shows`}
            dir="auto"
            onChange={(event) => chosen.setAlt(id, event.target.value)}
            onKeyDown={(event) => {
              // Enter would send the message.
              if (event.key === "Enter") event.preventDefault();
            }}
          />
        )}
        {family === "picture" && trouble === null && (
          <button
            type="button"
            className="button-link tray-as-file"
            aria-pressed={asFile}
            onClick={() => chosen.setAsFile(id, !asFile)}
          >
            {asFile ? t`Sent unchanged, with its place and other data` : t`Send unchanged`}
          </button>
        )}
      </span>
      <IconButton icon="close" label={removeText(name)} size={16} onClick={() => chosen.remove(id)} />
    </li>
  );
}

function describeText(name: string): string {
  return t({ message: `Description of ${name}`, comment: "A field: what a picture shows, in words" });
}

function removeText(name: string): string {
  return t({ message: `Remove ${name}`, comment: "Removes a file from those that are to be sent" });
}
