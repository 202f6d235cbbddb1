/** Owns how codes that people read and type are spelled: recovery codes, and codes of sign-ins by another device. */

/** Digits and letters without I, L, O and U: nobody takes one for another, and no words come about. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const groupCharacters = 4;
const form = new RegExp(`^[${alphabet}]*$`);

/** A code of random bytes: one character of each byte's lower five bits. */
export function codeOf(random: Uint8Array): string {
  return Array.from(random, (byte) => alphabet.charAt(byte & 31)).join("");
}

/** The code as it is shown: in groups of four. */
export function groupedCode(code: string): string {
  const groups: string[] = [];
  for (let at = 0; at < code.length; at += groupCharacters) groups.push(code.slice(at, at + groupCharacters));
  return groups.join("-");
}

/** The code that somebody typed, in whatever case, with spaces and dashes, and with letters that look like another; null where it is none of this length. */
export function readCode(typed: string, characters: number): string | null {
  const code = typed
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\p{Dash}]/gu, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
  return code.length === characters && form.test(code) ? code : null;
}
