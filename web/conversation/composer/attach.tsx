/** Owns the ways by which files get to the next message: a button, dropping them on the conversation, and pasting. */
import { t } from "@lingui/core/macro";
import { type JSX, useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { uploadLimits } from "parley-sdk";
import { bytesText, listText } from "../../texts/formats.ts";
import { IconButton } from "../../ui/button.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { useSay } from "../../ui/toast.tsx";
import type { ChosenFiles, Refused } from "./chosen-files.ts";

/** Chooses files, and tells the user of those that cannot be sent. */
export function useChoose(chosen: ChosenFiles): (files: readonly File[]) => void {
  const say = useSay();
  return useCallback(
    (files) => {
      const fault = refusedText(chosen.add(files));
      if (fault !== null) say(fault);
    },
    [chosen, say],
  );
}

interface AttachButtonProps {
  readonly choose: (files: readonly File[]) => void;
  /** Undefined where there is no camera. */
  readonly onCamera: (() => void) | undefined;
  readonly onPoll: () => void;
}

export function AttachButton({ choose, onCamera, onPoll }: AttachButtonProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const open = () => input.current?.click();
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-testid="attach-input"
        onChange={({ currentTarget }) => {
          choose([...(currentTarget.files ?? [])]);
          // The same file can be chosen again.
          currentTarget.value = "";
        }}
      />
      <Menu label={t`Attach`} align="start" trigger={<IconButton icon="attach" label={t`Attach`} />}>
        {() => (
          <>
            <MenuItem icon="picture" onSelect={open}>{t`Pictures and files`}</MenuItem>
            {onCamera !== undefined && <MenuItem icon="camera" onSelect={onCamera}>{t`Take a photo`}</MenuItem>}
            <MenuItem icon="poll" onSelect={onPoll}>{t`Poll`}</MenuItem>
          </>
        )}
      </Menu>
    </>
  );
}

/** Files that are dropped anywhere on the conversation. The browser would open them in place of the app. Answers whether files are over it now. */
export function useDrop(choose: ((files: readonly File[]) => void) | null): boolean {
  const [isOver, setIsOver] = useState(false);
  const drop = useEffectEvent((files: readonly File[]) => choose?.(files));
  const isOn = choose !== null;
  useEffect(() => {
    if (!isOn) return undefined;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setIsOver(isInPane(event));
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    const dropped = (event: DragEvent) => {
      setIsOver(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (isInPane(event)) drop([...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", dropped);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", dropped);
    };
  }, [isOn]);
  return isOver;
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.some((type) => type === "Files") === true;
}

function isInPane({ target }: DragEvent): boolean {
  return target instanceof Element && target.closest(".pane") !== null;
}

function refusedText({ tooLarge, empty, isTooMany }: Refused): string | null {
  const most = bytesText(uploadLimits.attachmentBytesMax);
  const count = uploadLimits.attachmentsPerMessageMax;
  if (tooLarge.length > 0) {
    const names = listText(tooLarge);
    return t`Larger than ${most}, so it cannot be sent: ${names}`;
  }
  if (empty.length > 0) {
    const names = listText(empty);
    return t`Empty, so it cannot be sent: ${names}`;
  }
  return isTooMany ? t`A message can have at most ${count} files.` : null;
}
