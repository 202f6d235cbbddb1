/** Owns changing the folders. They are one setting, so each change is made to the list as it is at that moment, one after the other. */
import { useCallback, useRef } from "react";
import type { Folder } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";

export function useChangeFolders(): (change: (folders: readonly Folder[]) => Folder[]) => Promise<void> {
  const account = useAccount();
  const last = useRef<Promise<unknown>>(Promise.resolve());
  return useCallback(
    async (change) => {
      const changed = last.current.then(async () => {
        const folders = change(account.settings.getSnapshot()?.folders ?? []);
        await account.patchMe({ settings: { folders } });
      });
      last.current = changed.catch(() => undefined);
      await changed;
    },
    [account],
  );
}
