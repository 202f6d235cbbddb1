import { expect, test } from "vitest";
import { headersFor } from "../../scripts/build/media-origin.ts";
import { read } from "../rig/sources.ts";

const headers = read("web/public/_headers");

test("[W75] pages show pictures of the own origin and of the page itself, and of MEDIA_ORIGIN where there is one", () => {
  expect(headersFor(headers, undefined)).toBe(headers);
  expect(headersFor(headers, "")).toBe(headers);
  const policy = headersFor(headers, "https://media.example.org/ignored");
  expect(policy).toContain("img-src 'self' data: blob: https://media.example.org;");
  expect(policy).toContain("media-src 'self' blob: https://media.example.org;");
  expect(policy).toContain("connect-src 'self' https://media.example.org;");
  expect(policy.match(/media\.example\.org/g)).toHaveLength(3);
});
