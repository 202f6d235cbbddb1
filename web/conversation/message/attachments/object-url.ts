/** Owns addresses of files that are only in this page. */
import { useEffect } from "react";

interface Made {
  readonly url: string;
  uses: number;
}

const made = new WeakMap<Blob, Made>();
/** A row that is drawn anew uses the address of the one before. */
const lingerMs = 1_000;

function madeOf(blob: Blob): Made {
  const known = made.get(blob);
  if (known !== undefined) return known;
  const fresh = { url: URL.createObjectURL(blob), uses: 0 };
  made.set(blob, fresh);
  return fresh;
}

function held(blob: Blob): () => void {
  const mine = madeOf(blob);
  mine.uses++;
  return () => {
    mine.uses--;
    setTimeout(() => {
      if (mine.uses > 0 || made.get(blob) !== mine) return;
      made.delete(blob);
      URL.revokeObjectURL(mine.url);
    }, lingerMs);
  };
}

/** The address of a file while it is shown. */
export function useObjectUrl(blob: Blob | null): string | undefined {
  useEffect(() => (blob === null ? undefined : held(blob)), [blob]);
  return blob === null ? undefined : madeOf(blob).url;
}
