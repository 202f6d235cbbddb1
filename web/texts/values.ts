/**
 * Owns that what people wrote comes out of a sentence as it went in. Lingui decodes `\u0041` and `\x41` in finished sentences, for the sake
 * of catalogs that hold such escapes. In a name they would become other characters, among them those that turn the text around.
 */
import type { I18n, MessageDescriptor, MessageOptions } from "@lingui/core";

type Values = Record<string, unknown>;

/**
 * Each backslash in a value is handed over as the escape of a backslash, which is decoded once and to itself. A text without values is made once: each message
 * has a dozen of them, and making them again was a fifth of the time of a row.
 */
export function keepValues(i18n: I18n): void {
  const plain = i18n._.bind(i18n);
  const finished = new Map<string, string>();
  i18n.on("change", () => finished.clear());
  function keeping(message: MessageDescriptor): string;
  function keeping(id: string, values?: Values, options?: MessageOptions): string;
  function keeping(message: MessageDescriptor | string, values?: Values, options?: MessageOptions): string {
    if (typeof message === "string") return plain(message, values === undefined ? values : kept(values), options);
    if (message.values !== undefined) return plain({ ...message, values: kept(message.values) });
    const known = finished.get(message.id);
    if (known !== undefined) return known;
    const text = plain(message);
    finished.set(message.id, text);
    return text;
  }
  i18n._ = keeping;
}

function kept(values: Values): Values {
  if (!Object.values(values).some((value) => typeof value === "string" && value.includes("\\"))) return values;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "string" ? value.replaceAll("\\", "\\x5c") : value,
    ]),
  );
}
