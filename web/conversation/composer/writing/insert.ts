/** Owns changes of the text field by the app. The field reports them as if the user had typed them. */

/** Puts a text in place of what is selected, behind which the caret then stands. The focus may be elsewhere. */
export function insert(field: HTMLTextAreaElement, text: string): void {
  replace(field, field.selectionStart, field.selectionEnd, text);
}

export function replace(field: HTMLTextAreaElement, from: number, to: number, text: string): void {
  field.setRangeText(text, from, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
