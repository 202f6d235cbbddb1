/** Owns the unread number in the tab's title and icon. */
import { cappedText } from "../texts/counts.ts";
import { numberText } from "../texts/formats.ts";
import { t } from "@lingui/core/macro";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { Account } from "parley-sdk";
import { unreadOf } from "../pushes/app-badge.ts";

const iconPx = 64;

/** The unread messages of all accounts. */
export function useUnread(accounts: readonly Account[]): number {
  const subscribe = useMemo(
    () => (listener: () => void) => {
      const ends = accounts.map(({ inbox }) => inbox.subscribe(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    [accounts],
  );
  return useSyncExternalStore(subscribe, () =>
    accounts.reduce((total, { inbox }) => total + unreadOf(inbox.getSnapshot()), 0),
  );
}

export function useTitleBadge(total: number): void {
  useEffect(() => {
    document.title = total > 0 ? titleText(total) : "Parley";
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (link === null) return undefined;
    if (total === 0) {
      link.href = "/icon.svg";
      return undefined;
    }
    let isCurrent = true;
    const image = new Image(iconPx, iconPx);
    image.addEventListener("load", () => {
      const icon = isCurrent ? badged(image, total) : null;
      if (icon !== null) link.href = icon;
    });
    image.src = "/icon.svg";
    return () => {
      isCurrent = false;
    };
  }, [total]);
}

function titleText(total: number): string {
  const unread = numberText(total);
  return t({
    message: `(${unread}) Parley`,
    comment: "Title of the browser's tab, with the number of unread messages",
  });
}

function badged(image: HTMLImageElement, total: number): string | null {
  const canvas = document.createElement("canvas");
  canvas.width = iconPx;
  canvas.height = iconPx;
  const context = canvas.getContext("2d");
  if (context === null) return null;
  context.drawImage(image, 0, 0, iconPx, iconPx);
  context.fillStyle = "#e0245e";
  context.beginPath();
  context.arc(iconPx - 20, 20, 20, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = "#fff";
  context.font = "bold 26px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(cappedText(total, 9), iconPx - 20, 21);
  return canvas.toDataURL("image/png");
}
