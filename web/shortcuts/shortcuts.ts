/** Owns the table of the keys that work everywhere in the app, and how they are written on this system. The sheet is made from it. */
import { t } from "@lingui/core/macro";

export const shortcutNames = [
  "switcher",
  "sheet",
  "settings",
  "nextChat",
  "previousChat",
  "nextUnread",
  "previousUnread",
] as const;
export type ShortcutName = (typeof shortcutNames)[number];

interface Keys {
  readonly key: string;
  /** Control, on a Mac Command. */
  readonly mod?: boolean;
  readonly alt?: boolean;
  readonly shift?: boolean;
}

export const shortcuts: Readonly<Record<ShortcutName, Keys>> = {
  switcher: { key: "k", mod: true },
  sheet: { key: "/", mod: true },
  settings: { key: ",", mod: true },
  nextChat: { key: "ArrowDown", alt: true },
  previousChat: { key: "ArrowUp", alt: true },
  nextUnread: { key: "ArrowDown", alt: true, shift: true },
  previousUnread: { key: "ArrowUp", alt: true, shift: true },
};

/** The composer handles it, as it does the other keys that format. */
const strike: Keys = { key: "x", mod: true, shift: true };

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

export function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}

/** The shortcut that was pressed. On keyboards where "/" is typed with Shift, Shift does not matter for it. */
export function shortcutOf(pressed: Pressed, onMac: boolean): ShortcutName | undefined {
  const { key, ctrlKey, metaKey, shiftKey, altKey } = pressed;
  return shortcutNames.find((name) => {
    const wanted = shortcuts[name];
    const mod = wanted.mod === true;
    const isHeld = onMac ? metaKey === mod && !ctrlKey : ctrlKey === mod && !metaKey;
    const isShift = wanted.key === "/" || shiftKey === (wanted.shift === true);
    return isHeld && isShift && altKey === (wanted.alt === true) && key.toLowerCase() === wanted.key.toLowerCase();
  });
}

/** What the sheet lists: the words, and the keys one by one. Some keys belong to parts of the app that handle them themselves. */
export function sheetLines(onMac: boolean): readonly (readonly [text: string, keys: readonly string[]])[] {
  const of = (name: ShortcutName) => keysOf(shortcuts[name], onMac);
  const mod = onMac ? "⌘" : ctrlText();
  return [
    [t`Go to a chat, a person or an action`, of("switcher")],
    [t`Next chat`, of("nextChat")],
    [t`Previous chat`, of("previousChat")],
    [t`Next unread chat`, of("nextUnread")],
    [t`Previous unread chat`, of("previousUnread")],
    [t`Search in the open chat`, [mod, "F"]],
    [t`Start writing`, [t({ message: "any letter", comment: "In the list of shortcuts: typing begins a message" })]],
    [t`Edit your last message, in an empty field`, ["↑"]],
    [t({ message: "Bold", comment: "A format of the text that is written" }), [mod, "B"]],
    [t({ message: "Italic", comment: "A format of the text that is written" }), [mod, "I"]],
    [t({ message: "Strikethrough", comment: "A format of the text that is written" }), keysOf(strike, onMac)],
    [t({ message: "Code", comment: "A format of the text that is written" }), [mod, "E"]],
    [t`From message to message, and from row to row`, ["↑", "↓"]],
    [t`Actions of the message that has the focus`, [t({ message: "Enter", comment: "Name of the key" })]],
    [t`Undo what was just done with a chat`, [mod, "Z"]],
    [t`Close what is on top`, [t({ message: "Esc", comment: "Name of the key" })]],
    [t`Settings`, of("settings")],
    [t`This list`, of("sheet")],
  ];
}

function keysOf({ key, mod = false, alt = false, shift = false }: Keys, onMac: boolean): readonly string[] {
  const arrows: Readonly<Record<string, string>> = { ArrowDown: "↓", ArrowUp: "↑" };
  return [
    ...(mod ? [onMac ? "⌘" : ctrlText()] : []),
    ...(alt ? [onMac ? "⌥" : t({ message: "Alt", comment: "Name of the key" })] : []),
    ...(shift ? [onMac ? "⇧" : t({ message: "Shift", comment: "Name of the key" })] : []),
    arrows[key] ?? key.toUpperCase(),
  ];
}

function ctrlText(): string {
  return t({ message: "Ctrl", comment: "Name of the key" });
}
