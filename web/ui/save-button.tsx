/** Owns the button that saves an export as a file, and says how that went. */
import { t } from "@lingui/core/macro";
import { type JSX, useState } from "react";
import { saveLines } from "../browser/save-lines.ts";
import { useAttempt, useSay } from "./toast.tsx";

interface SaveButtonProps {
  readonly label: string;
  /** Of the file. */
  readonly name: string;
  readonly open: () => Promise<Response>;
}

export function SaveButton({ label, name, open }: SaveButtonProps): JSX.Element {
  const attempt = useAttempt();
  const say = useSay();
  const [isBusy, setIsBusy] = useState(false);
  const save = async () => {
    setIsBusy(true);
    try {
      const isWhole = await saveLines(open(), name);
      say(isWhole ? t`The file is saved.` : t`The download was cut off. Try again.`);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <button type="button" className="button" aria-busy={isBusy} onClick={() => !isBusy && attempt(save)}>
      {label}
    </button>
  );
}
