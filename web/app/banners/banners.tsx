/** Owns the lines above the panes that are seldom there, and come after the first screen: a newer version, the offer of notifications, what is being played. */
import type { JSX } from "react";
import { NotificationsBanner } from "../../notifications/banner.tsx";
import { PlayingBar } from "../../voice/playing-bar.tsx";
import { VersionBanner } from "./version-banner.tsx";

export function Banners(): JSX.Element {
  return (
    <>
      <VersionBanner />
      <NotificationsBanner />
      <PlayingBar />
    </>
  );
}
