/** Owns what stands in place of a chat while none is open. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { NextSteps } from "../conversations/next-steps.tsx";
import { EntrancePicture } from "../entrance/picture.tsx";

export function Welcome({ onFind }: { onFind: () => void }): JSX.Element {
  return (
    <main className="pane pane-empty">
      <EntrancePicture />
      <p>{t`Choose a chat, or begin with one of these:`}</p>
      <NextSteps onFind={onFind} />
    </main>
  );
}
