/** Owns the line about the state of a search in a chat: that it goes on, how to stop it, and what went wrong. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { errorText } from "../../texts/error-text.ts";
import type { HitPages, HitsState } from "../../search/hit-pages.ts";
import { isUnreachable, isWordless, useIsLinked } from "../../search/hits.ts";

export function Trouble({ pages, state }: { pages: HitPages | null; state: HitsState }): JSX.Element | null {
  const isLinked = useIsLinked();
  if (pages === null) return null;
  const { status, emptyPages, error } = state;
  if (status === "searching" && emptyPages > 0)
    return (
      <>
        <span className="quiet">{t`Searching further back…`}</span>
        <button type="button" className="button-link" onClick={() => pages.stop()}>
          {t({ message: "Stop", comment: "Button: stops the search" })}
        </button>
      </>
    );
  if (isUnreachable(state) || (status === "searching" && !isLinked))
    return <span className="quiet">{t`The search goes on when there is a connection.`}</span>;
  if (isWordless(state)) return <span className="quiet">{t`Type a word to find messages.`}</span>;
  if (status === "stopped" || status === "failed")
    return (
      <>
        {status === "failed" && <span className="field-error">{errorText(error)}</span>}
        <button type="button" className="button-link" onClick={() => pages.more()}>
          {status === "failed" ? t`Try again` : t`Search on`}
        </button>
      </>
    );
  if (state.isIncomplete) return <span className="quiet">{t`Some messages could not be searched now.`}</span>;
  return null;
}
