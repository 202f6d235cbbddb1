/** Owns the end of a list of hits: that the search goes on, how to stop it or go on, and what went wrong. */
import { t } from "@lingui/core/macro";
import { type JSX, type ReactNode, useEffect, useRef } from "react";
import { errorText } from "../texts/error-text.ts";
import type { HitPages, HitsState } from "./hit-pages.ts";
import { isUnreachable, isWordless, useIsLinked } from "./hits.ts";

interface HitsEndProps {
  readonly pages: HitPages;
  readonly state: HitsState;
  readonly emptyText: string;
  /** Of the button that goes on with the search. */
  readonly moreText?: string;
}

export function HitsEnd({ pages, state, emptyText, moreText = t`More messages` }: HitsEndProps): JSX.Element {
  const isLinked = useIsLinked();
  const { status, hits, emptyPages, error, isIncomplete } = state;
  const isEmpty = hits.length === 0;
  return (
    <div className="hits-end" data-status={status}>
      {status === "searching" && isLinked && (
        <Line key="searching" text={emptyPages === 0 ? t`Searching…` : t`Searching further back…`}>
          {(emptyPages > 0 || !isEmpty) && (
            <button type="button" className="button-link" onClick={() => pages.stop()}>
              {t({ message: "Stop", comment: "Button: stops the search" })}
            </button>
          )}
        </Line>
      )}
      {status === "searching" && !isLinked && (
        <Line key="unlinked" text={t`The search begins when there is a connection.`} />
      )}
      {status === "paused" && !isEmpty && <Further key="paused" pages={pages} text={moreText} />}
      {status === "stopped" && (
        <Line key="stopped" text={isEmpty ? t`Nothing found so far.` : t`There may be more.`}>
          <button type="button" className="button-link" onClick={() => pages.more()}>
            {t`Search on`}
          </button>
        </Line>
      )}
      {status === "done" && isEmpty && <Line key="empty" text={emptyText} />}
      {isWordless(state) && <Line key="wordless" text={t`Type a word to find messages.`} />}
      {isUnreachable(state) && <Line key="offline" text={t`The search goes on when there is a connection.`} />}
      {status === "failed" && !isUnreachable(state) && !isWordless(state) && (
        <div className="hits-line">
          <span className="field-error">{errorText(error)}</span>
          <button type="button" className="button-link" onClick={() => pages.more()}>
            {t`Try again`}
          </button>
        </div>
      )}
      {isIncomplete && <Line key="incomplete" text={t`Some messages could not be searched now.`} />}
    </div>
  );
}

function Line({ text, children }: { text: string; children?: ReactNode }): JSX.Element {
  return (
    <div className="hits-line">
      <span className="quiet">{text}</span>
      {children}
    </div>
  );
}

/** The search goes on when the end of the list comes into view, or when the button is pressed. */
function Further({ pages, text }: { pages: HitPages; text: string }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) pages.more();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [pages]);
  return (
    <div ref={place} className="hits-line">
      <button type="button" className="button-link" onClick={() => pages.more()}>
        {text}
      </button>
    </div>
  );
}
