/** Owns the list of the keys that work everywhere. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { Dialog } from "../ui/dialog.tsx";
import { isMac, sheetLines } from "./shortcuts.ts";
import "./shortcuts.css";

export function ShortcutSheet({ onClose }: { onClose: () => void }): JSX.Element {
  return (
    <Dialog title={t`Keyboard shortcuts`} onClose={onClose}>
      {/* Nothing in it takes the focus, so it takes it itself: the arrow keys scroll it. */}
      <section className="dialog-body" tabIndex={0} aria-label={t`Keyboard shortcuts`}>
        <dl className="shortcut-list">
          {sheetLines(isMac()).map(([text, keys]) => (
            <div key={text} className="shortcut-line">
              <dt>{text}</dt>
              <dd>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </Dialog>
  );
}
