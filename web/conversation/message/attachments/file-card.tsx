/** Owns an attachment that is shown by its name: a file, or a sound. */
import { t } from "@lingui/core/macro";
import type { JSX, ReactNode } from "react";
import type { Attachment, AttachmentKind } from "parley-sdk";
import { useAccount } from "../../../accounts/account-context.ts";
import { bytesText } from "../../../texts/formats.ts";
import { IconButton } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icons.tsx";
import { useAttempt } from "../../../ui/toast.tsx";
import { useReachIndex } from "../reach.ts";
import { download } from "./address.ts";

export function FileCard({ attachment }: { attachment: Attachment }): JSX.Element {
  const account = useAccount();
  const attempt = useAttempt();
  const reachIndex = useReachIndex();
  const { name, kind, bytes } = attachment;
  if (attachment.withheld === true)
    return <CardFrame name={name} kind="file" line={t`Withheld by the operator of this server`} />;
  return (
    <CardFrame name={name} kind={kind} line={bytesText(bytes)}>
      <IconButton
        icon="download"
        label={downloadText(name)}
        size={18}
        tabIndex={reachIndex}
        onClick={() => attempt(() => download(account, attachment))}
      />
    </CardFrame>
  );
}

interface CardFrameProps {
  readonly name: string;
  readonly kind: AttachmentKind;
  readonly line: ReactNode;
  readonly children?: ReactNode;
}

export function CardFrame({ name, kind, line, children }: CardFrameProps): JSX.Element {
  return (
    <span className="file-card" data-testid="file-card">
      <span className="file-card-icon">
        <Icon name={kind === "audio" || kind === "voice" ? "sound" : "file"} />
      </span>
      <span className="file-card-text">
        <bdi className="file-card-name">{name}</bdi>
        <span className="file-card-line">{line}</span>
      </span>
      {children}
    </span>
  );
}

function downloadText(name: string): string {
  return t({ message: `Download ${name}`, comment: "Saves a file that was received" });
}
