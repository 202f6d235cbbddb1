/**
 * Owns how a link is shown: as it was written, unless it could be mistaken for another link. Readers judge a link by its host. So a host that
 * could look like another one is shown in ASCII. Characters that are invisible, or reverse the text after them, are percent-encoded.
 */

const hidden = /[\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/gu;

/** `written` is the link in the text, `url` its meaning. null if it must not be shown as a link, because it hides where it leads. */
export function linkLabel(written: string, url: URL): string | null {
  if (url.protocol === "mailto:") return mailLabel(written);
  // "https://bank.example@evil.example" leads to evil.example.
  if (url.username !== "" || url.password !== "") return null;
  const [, start = "", host = "", rest = ""] = /^(https?:\/\/)([^/\\?#]*)(.*)$/is.exec(written) ?? [];
  const name = host.replace(/:\d*$/, "");
  const port = host.slice(name.length);
  const shown = hostLabel(name, url.hostname);
  // Such as "https:///host", where the host is not at its place.
  if (host === "") return `${url.protocol}//${url.host}${url.pathname}${url.search}${url.hash}`;
  return start + shown + port + encodeHidden(rest);
}

/** The host as it was written if it cannot be mistaken, else `asked`, which is the host that the browser connects to. An ASCII host is shown as written only if it is the same. */
function hostLabel(written: string, asked: string): string {
  const name = written.toLowerCase();
  return name === asked || (/[^\p{ASCII}]/u.test(name) && isHonestHost(name)) ? written : asked;
}

function mailLabel(written: string): string | null {
  const [, start = "", domain = "", rest = ""] = /^(mailto:[^?]*@)([^?,@]*)(.*)$/is.exec(written) ?? [];
  if (domain === "") return encodeHidden(written);
  const url = URL.parse(`http://${domain}/`);
  return url === null ? null : encodeHidden(start) + hostLabel(domain, url.host) + encodeHidden(rest);
}

function encodeHidden(text: string): string {
  return text.replace(hidden, encodeURIComponent);
}

/** Letters of one script, digits and hyphens; for Chinese, Japanese and Korean their scripts together, and with ASCII (UTS 39, highly restrictive). */
const oneScript = [
  // Latin without phonetic letters, clicks and the like, many of which are taken for others.
  "[\\u00DF-\\u00F6\\u00F8-\\u01BF\\u01CD-\\u024F\\u1E00-\\u1EFF]",
  "[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}]",
  "[\\p{scx=Han}\\p{scx=Bopomofo}]",
  "[\\p{scx=Han}\\p{scx=Hangul}]",
].map((letters) => new RegExp(`^(?:[a-z0-9-]|${letters})+$`, "u"));
const otherScripts = [
  ..."Arabic Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Hebrew Kannada Khmer Lao".split(
    " ",
  ),
  ..."Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan".split(" "),
].map((script) => new RegExp(`^(?:[0-9-]|\\p{scx=${script}})+$`, "u"));

const letters = /^[\p{L}\p{M}\p{Nd}-]+$/u;
/** Strokes that pass for a slash, a hyphen or a dot between Latin letters. */
const strokes = /[a-z0-9-][ノソゾンーヽヾ・一丶丿々〆]|[ノソゾンーヽヾ・一丶丿々〆][a-z0-9-]/u;
/** Words made only of letters that look like Latin ones. They are honest if the whole name is in that script. */
const latinLike = [/^[асԁеһіјӏорԛѕԝхуъьҽпгѵѡ0-9-]+$/u, /^[αεηικνορτυωχγ0-9-]+$/u];

/** Whether nobody could take a host for another because of its letters. */
export function isHonestHost(host: string): boolean {
  if (host !== host.normalize("NFKC")) return false;
  const labels = host.replace(/\.$/, "").split(".");
  const isAllOther = !/[a-z]/.test(labels.at(-1) ?? "");
  return labels.every((label) => isHonestLabel(label, isAllOther));
}

function isHonestLabel(label: string, isAllOther: boolean): boolean {
  // ASCII, and so Punycode that is written out, cannot be mistaken.
  if (/^[a-z0-9_-]+$/.test(label)) return true;
  if (!letters.test(label) || strokes.test(label)) return false;
  if (!isAllOther && latinLike.some((pattern) => pattern.test(label))) return false;
  return [...oneScript, ...otherScripts].some((pattern) => pattern.test(label));
}
