/** Owns the addresses of attachments in the page: asked for when something is shown, and anew when one has ended. */
import { useCallback, useEffect, useState } from "react";
import { type Account, type Attachment, type AttachmentVariant, ParleyError } from "parley-sdk";
import { keptPicture } from "../../../media/kept-pictures.ts";
import { useAccount } from "../../../accounts/account-context.ts";
import { useLinks } from "../../../accounts/linked.ts";

/** `gone`: it was erased, or may not be seen any more. */
export type Address = { readonly url: string } | "loading" | "gone";

/** An address that does not load is asked for anew once: it may have ended. */
export function useAddress(
  attachment: { readonly id: string },
  variant: AttachmentVariant,
): { readonly address: Address; readonly onError: () => void } {
  const { attachments } = useAccount();
  const { id } = attachment;
  const links = useLinks();
  const [isAgain, setIsAgain] = useState(false);
  const [found, setFound] = useState<{ readonly of: string; readonly address: Address } | null>(null);
  const of = `${variant} ${id}`;
  const known = attachments.known(id, variant);
  const mine = found?.of === of ? found.address : undefined;
  useEffect(() => {
    const abort = new AbortController();
    attachments.url(id, variant, { signal: abort.signal }).then(
      (url) => setFound({ of, address: { url } }),
      (error: unknown) => {
        // Without network it stays as it is until there is another link, or the row is shown anew.
        if (error instanceof ParleyError && error.code === "not_found") setFound({ of, address: "gone" });
      },
    );
    return () => abort.abort();
  }, [attachments, id, variant, of, isAgain, links]);
  const onError = useCallback(() => {
    if (isAgain) setFound({ of, address: "gone" });
    else setIsAgain(true);
  }, [isAgain, of]);
  return { address: mine ?? (known === undefined ? "loading" : { url: known }), onError };
}

/** The picture as this browser has kept it; null while nobody asks for it, or where it is not kept. */
export function useKeptPicture(id: string, variant: AttachmentVariant, isAsked: boolean): Blob | null {
  const { userId } = useAccount();
  const [kept, setKept] = useState<Blob | null>(null);
  useEffect(() => {
    if (!isAsked) return undefined;
    let isWanted = true;
    keptPicture(userId, id, variant).then(
      (blob) => {
        if (isWanted) setKept(blob);
      },
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [userId, id, variant, isAsked]);
  return kept;
}

/** Long enough to be loaded. */
const lentMs = 60_000;

/** The address of the whole picture or video; without network that of the smaller picture that this browser has kept. */
export async function wholeAddress(account: Account, attachment: Attachment): Promise<string> {
  try {
    return await account.attachments.url(attachment);
  } catch (error) {
    const isGone = error instanceof ParleyError && error.code === "not_found";
    const variant = attachment.hasPreview ? "preview" : "original";
    const kept =
      isGone || attachment.kind !== "image" ? null : await keptPicture(account.userId, attachment.id, variant);
    if (kept === null) throw error;
    const url = URL.createObjectURL(kept);
    setTimeout(() => URL.revokeObjectURL(url), lentMs);
    return url;
  }
}

/** Saves an attachment. The browser shows how far it is. */
export async function download(account: Account, { id, name }: { id: string; name: string }): Promise<void> {
  const link = document.createElement("a");
  link.href = await account.attachments.url(id);
  link.download = name;
  // Another origin decides by itself whether it is saved or shown: not in place of the app.
  if (new URL(link.href).origin !== location.origin) link.target = "_blank";
  link.rel = "noopener";
  link.click();
}
