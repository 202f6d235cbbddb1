/** Decides whether an address may be that of a push service. It is asked when a device subscribes, and again before each request. */
import { limits } from "../../schema/limits.ts";

/** Chrome and the browsers that are made from it, Chromium, Firefox, Safari. */
const services = new Set([
  "fcm.googleapis.com",
  "jmt17.google.com",
  "updates.push.services.mozilla.com",
  "web.push.apple.com",
]);

/** Services with a host for each region (Edge on Windows, Apple). One label stands before these. */
const regional = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.(?:notify\.windows\.com|push\.apple\.com)$/;

/**
 * Scheme, host, port, path and query. It is stricter than a browser's reader, which repairs what it reads: that one drops tabs and line feeds,
 * takes a backslash for a slash, decodes hosts, and reads 2130706433 as 127.0.0.1. What this form accepts, every reader reads alike.
 */
const form =
  /^(https?):\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?(\/(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)$/i;

const portOf = { https: "443", http: "80" } as const;

/**
 * The service at an endpoint, as `host` or `host:port`; null if no push may be sent there. `pushHosts` is PUSH_HOSTS: hosts, each with or
 * without a port, separated by commas. There http and other ports are allowed.
 */
export function pushServiceOf(endpoint: string, pushHosts: string): string | null {
  if (endpoint.length > limits.pushEndpointCharactersMax) return null;
  const parts = form.exec(endpoint);
  if (parts === null) return null;
  const scheme = parts[1]?.toLowerCase() === "https" ? "https" : "http";
  const host = parts[2]?.toLowerCase() ?? "";
  const port = parts[3] ?? portOf[scheme];
  const name = port === portOf[scheme] ? host : `${host}:${port}`;
  if (isListed(pushHosts, host, port)) return name;
  const isService = services.has(host) || regional.test(host);
  return scheme === "https" && port === portOf.https && isService ? name : null;
}

function isListed(pushHosts: string, host: string, port: string): boolean {
  return pushHosts
    .split(",")
    .map((listed) => listed.trim().toLowerCase())
    .some((listed) => listed === host || listed === `${host}:${port}`);
}
