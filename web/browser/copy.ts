/** Owns copying text. Pages on plain http have no `navigator.clipboard`; there the browser's copy command does it. */

export async function copyText(text: string): Promise<void> {
  const clipboard: Clipboard | undefined = navigator.clipboard;
  if (clipboard !== undefined) {
    try {
      await clipboard.writeText(text);
      return;
    } catch {
      // Not permitted, or the page has lost the focus. The copy command may still work.
    }
  }
  if (!copyAsKey(text)) throw new Error("The browser did not copy it");
}

/** Some browsers copy only while something is selected, so a field is added and selected. It is put into the open dialog, because nothing outside of that can have the focus. */
function copyAsKey(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "sr-only";
  field.ariaHidden = "true";
  (focused?.closest("dialog") ?? document.body).append(field);
  const put = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    // No other listener may put something else there.
    event.stopImmediatePropagation();
  };
  document.addEventListener("copy", put, true);
  try {
    field.select();
    return document.execCommand("copy");
  } finally {
    document.removeEventListener("copy", put, true);
    field.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }
}
