/** Owns the button that saves an export as a file: how far it is, that it can be stopped, and how it went. */
import { t } from "@lingui/core/macro";
import { type JSX, useRef, useState } from "react";
import type { CallOptions } from "parley-sdk";
import { saveLines } from "../browser/save-lines.ts";
import { numberText } from "../texts/formats.ts";
import { useAttempt, useSay } from "./toast.tsx";

interface SaveButtonProps {
  readonly label: string;
  /** Of the file. */
  readonly name: string;
  readonly open: (options: CallOptions) => Promise<Response>;
}

const megabyte = 1_000_000;

export function SaveButton({ label, name, open }: SaveButtonProps): JSX.Element {
  const attempt = useAttempt();
  const say = useSay();
  /** How much has come while an export runs. */
  const [megabytes, setMegabytes] = useState<number | null>(null);
  const ending = useRef<AbortController>(undefined);
  const save = async () => {
    const own = new AbortController();
    ending.current = own;
    setMegabytes(0);
    try {
      const isWhole = await saveLines(open({ signal: own.signal }), name, (bytes) =>
        setMegabytes(Math.floor(bytes / megabyte)),
      );
      if (!own.signal.aborted) say(isWhole ? t`The file is saved.` : t`The download was cut off. Try again.`);
    } catch (error) {
      if (!own.signal.aborted) throw error;
    } finally {
      setMegabytes(null);
    }
  };
  const isBusy = megabytes !== null;
  return (
    <div className="save">
      <button
        type="button"
        className="button"
        aria-busy={isBusy}
        onClick={() => (isBusy ? ending.current?.abort() : attempt(save))}
      >
        {isBusy ? t`Stop the download` : label}
      </button>
      {isBusy && (
        <span className="quiet">
          {megabytes === 0
            ? t`Downloading…`
            : t({
                message: `${numberText(megabytes)} MB downloaded`,
                comment: "How much of an export has come, in megabytes",
              })}
        </span>
      )}
    </div>
  );
}
