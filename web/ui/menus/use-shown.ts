/** Owns whether what shows a menu or a popover is in the page. */
import { useState } from "react";

export interface WhereMissing {
  /** What shows it could not be fetched. */
  readonly onMissing: () => void;
}

interface Shown extends WhereMissing {
  readonly isThere: boolean;
}

/** From when it is first opened, for it gives the focus back after it was closed. What could not be fetched leaves: opened again, it is asked for again. */
export function useShown(isOpen: boolean, onOpenChange: (isOpen: boolean) => void): Shown {
  const [isThere, setIsThere] = useState(isOpen);
  if (isOpen && !isThere) setIsThere(true);
  const onMissing = () => {
    setIsThere(false);
    onOpenChange(false);
  };
  return { isThere, onMissing };
}
