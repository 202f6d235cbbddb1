/** Owns the name of a language at the head of a block of code, as in "```js". It is written for programs that colour code, and is not part of it. */
import type { TextStretch } from "parley-sdk";

/** Another word there may be the first line of what somebody wanted to say. */
const languages = new Set(
  "bash c cpp cs csharp css csv dart diff dockerfile elixir go graphql haskell html http ini java javascript js json jsx kotlin kt lua make markdown md nix perl php powershell ps1 py python r rb rs ruby rust scala scss sh shell sql svelte swift toml ts tsx txt typescript vue xml yaml yml zig zsh".split(
    " ",
  ),
);
const head = /[\w+#-]{1,12}\n(?=[^]*\S)/y;

/** The code without the name of its language, where it begins with one. */
export function withoutLanguage(text: string, code: TextStretch): TextStretch {
  head.lastIndex = code.from;
  const [line = ""] = head.exec(text.slice(0, code.to)) ?? [];
  return languages.has(line.trim().toLowerCase()) ? { ...code, from: code.from + line.length } : code;
}
