/** Owns the small print at the end of a bubble: its time, whether it was edited, and whether it was delivered and read. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { pageDirection } from "../../texts/language.ts";
import { clockTime, fullTime } from "../../texts/time.ts";
import { Icon, type IconName } from "../../ui/icons.tsx";
import type { Mark } from "./receipts.ts";

const icons: Record<Mark, IconName> = {
  sending: "clock",
  failed: "alert",
  sent: "check",
  delivered: "checkAll",
  read: "checkAll",
};

function MarkIcon({ mark }: { mark: Mark }): JSX.Element {
  return (
    <span className={`mark mark-${mark}`} title={markText(mark)} data-testid="mark" data-mark={mark}>
      <Icon name={icons[mark]} size={15} />
      <span className="sr-only">{markText(mark)}</span>
    </span>
  );
}

interface MetaProps {
  readonly at: number;
  readonly isEdited: boolean;
  readonly isStarred: boolean;
  readonly mark: Mark | null;
}

export function Meta({ at, isEdited, isStarred, mark }: MetaProps): JSX.Element {
  return (
    <span className="meta">
      {/* Its place depends on the direction of the message, its inside on that of the page. */}
      <span className="meta-line" dir={pageDirection()}>
        {isStarred && (
          <span className="mark">
            <Icon name="star" size={13} />
            <span className="sr-only">{t({ message: "Starred", comment: "State of a message" })}</span>
          </span>
        )}
        {isEdited && (
          <span>{t({ message: "edited", comment: "At the end of a message that was changed after it was sent" })}</span>
        )}
        <time dateTime={new Date(at).toISOString()} onPointerEnter={(event) => showWhole(event.currentTarget, at)}>
          {clockTime(at)}
        </time>
        {mark !== null && <MarkIcon mark={mark} />}
      </span>
    </span>
  );
}

/** A pointer that rests on the time shows it with its day. It is written only then: to write it takes longer than all else of the row. */
function showWhole(element: HTMLElement, at: number): void {
  element.title = fullTime(at);
}

function markText(mark: Mark): string {
  switch (mark) {
    case "sending":
      return t({ message: "Sending", comment: "State of a message" });
    case "failed":
      return t({ message: "Not sent", comment: "State of a message" });
    case "sent":
      return t({ message: "Sent", comment: "State of a message" });
    case "delivered":
      return t({ message: "Delivered", comment: "State of a message" });
    case "read":
      return t({ message: "Read", context: "participle", comment: "State of a message: somebody has read it" });
  }
}
