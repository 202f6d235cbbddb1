/** Owns what stands in place of something that the server has not said yet: that it is being loaded, or why it cannot be, with a way to try again. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { errorText } from "../texts/error-text.ts";

interface UnfetchedProps {
  /** As it was thrown; undefined while there is none. */
  readonly error: unknown;
  readonly onAgain: () => void;
}

export function Unfetched({ error, onAgain }: UnfetchedProps): JSX.Element {
  if (error === undefined) return <p className="quiet">{t`Loading…`}</p>;
  return (
    <p>
      <span>{errorText(error)}</span>{" "}
      <button type="button" className="button-link" onClick={onAgain}>
        {t`Try again`}
      </button>
    </p>
  );
}
