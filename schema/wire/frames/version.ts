/** Owns the protocol's version, and how a socket's subprotocols name it and carry the token. */

export const protocol = "parley.v1";
export const protocols: readonly string[] = [protocol];
const bearerPrefix = "bearer.";

/** What a `Sec-WebSocket-Protocol` header offers: the version to answer with (undefined: only unknown ones) and a token. */
export function readSubprotocols(header: string | null): {
  protocol: string | undefined;
  offered: boolean;
  token: string | undefined;
} {
  const names = (header ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const token = names.find((name) => name.startsWith(bearerPrefix))?.slice(bearerPrefix.length);
  const versions = names.filter((name) => !name.startsWith(bearerPrefix));
  return { protocol: versions.find((name) => protocols.includes(name)), offered: versions.length > 0, token };
}
