/**
 * The Worker in front of the web app's files under `npm start`. It answers with the compressed copy of a file where the browser accepts one. On
 * Cloudflare the edge compresses, and this file is not deployed.
 *
 * A compressed copy is a representation of its own: it has an ETag of its own, and `Vary` names the header that chooses it. A range is of the plain file.
 */

/** In order of preference. */
const encodings = [
  { name: "br", ending: ".br" },
  { name: "gzip", ending: ".gz" },
];

/** @typedef {{ FILES: { fetch(request: Request): Promise<Response> }, PACKED: readonly string[] }} FilesEnv */

export default {
  /** @param {Request} request @param {FilesEnv} env @returns {Promise<Response>} */
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    // The copies have no addresses of their own.
    if (encodings.some(({ ending }) => pathname.endsWith(ending))) return new Response(null, { status: 404 });
    const file = pathname === "/" ? "/index.html" : pathname;
    if (!env.PACKED.includes(file)) return await env.FILES.fetch(request);
    const isWhole = ["GET", "HEAD"].includes(request.method) && !request.headers.has("range");
    const encoding = isWhole ? chosenEncoding(request.headers.get("accept-encoding") ?? "") : undefined;
    if (encoding === undefined) return varying(await env.FILES.fetch(request));
    return await packed(request, env.FILES, file, encoding);
  },
};

/** Takes the headers and the answer to `if-none-match` from the plain file, and the bytes from its copy. */
async function packed(request, files, file, { name, ending }) {
  const asked = new Headers(request.headers);
  const known = request.headers.get("if-none-match");
  if (known !== null) asked.set("if-none-match", plainTags(known, name));
  const plain = await files.fetch(new Request(request.url, { method: "HEAD", headers: asked, redirect: "manual" }));
  const headers = new Headers(plain.headers);
  const tag = headers.get("etag");
  if (tag !== null) headers.set("etag", tag.replace(/"$/, `-${name}"`));
  headers.append("vary", "Accept-Encoding");
  if (plain.status !== 200) return new Response(null, { status: plain.status, headers });
  const address = new URL(file + ending, request.url);
  const copy = await files.fetch(new Request(address, { method: request.method }));
  if (copy.status !== 200) throw new Error(`${file}${ending} is not there`);
  headers.set("content-encoding", name);
  const length = copy.headers.get("content-length");
  if (length === null) headers.delete("content-length");
  else headers.set("content-length", length);
  // The bytes are encoded already.
  return new Response(copy.body, { status: 200, headers, encodeBody: "manual" });
}

/** The browser's ETags of copies in this encoding, turned into the ETags of the plain files. */
function plainTags(known, name) {
  if (known.trim() === "*") return known;
  const ending = `-${name}"`;
  const own = known
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag.endsWith(ending));
  return own.length === 0 ? '""' : own.map((tag) => `${tag.slice(0, -ending.length)}"`).join(", ");
}

function varying(plain) {
  const answer = new Response(plain.body, plain);
  answer.headers.append("vary", "Accept-Encoding");
  return answer;
}

/** The encoding that the browser prefers among those on offer (RFC 9110, 12.5.3); undefined if it accepts only the plain file. */
export function chosenEncoding(accepted) {
  const weights = new Map();
  for (const part of accepted.toLowerCase().split(",")) {
    const [coding = "", ...parameters] = part.split(";").map((word) => word.trim());
    const weight = parameters
      .map((parameter) => /^q=([01](?:\.\d{0,3})?)$/.exec(parameter)?.[1])
      .find((q) => q !== undefined);
    if (coding !== "") weights.set(coding, weight === undefined ? 1 : Number(weight));
  }
  const weightOf = (name) => weights.get(name) ?? weights.get("*") ?? 0;
  const offered = encodings
    .filter(({ name }) => weightOf(name) > 0)
    .sort((a, b) => weightOf(b.name) - weightOf(a.name));
  return offered[0];
}
