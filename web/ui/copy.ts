/** Owns copying text: by the clipboard's interface where there is one, which is in secure contexts, else as a key would copy. */

export async function copyText(text: string): Promise<void> {
  const clipboard: Clipboard | undefined = navigator.clipboard;
  if (clipboard !== undefined) {
    try {
      await clipboard.writeText(text);
      return;
    } catch {
      // Not permitted, or the page has lost the focus: the other way may do.
    }
  }
  if (!copyAsKey(text)) throw new Error("The browser did not copy it");
}

/** Some browsers copy only if something is selected, so a field is. It lies in the open dialog, for nothing outside can have the focus. */
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
    // A dialog or a menu that listens for copies has no part in this one.
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
