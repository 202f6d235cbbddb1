/** Which addresses the server fetches for its users: public pages, and nothing that only the server could reach. */
import { expect, test } from "vitest";
import { fetchable } from "../../../workers/link-previews/address.ts";
import { linkPreviewBounds } from "../../../schema/bounds/link-previews.ts";

test.each([
  ["https://example.com/a?b=c#d", "https://example.com/a?b=c"],
  ["http://news.example.com/", "http://news.example.com/"],
  ["HTTPS://EXAMPLE.COM:443", "https://example.com/"],
  ["https://müller.example.com/", "https://xn--mller-kva.example.com/"],
  ["https://example.com./", "https://example.com./"],
  ["https://x_y.example.co.uk/", "https://x_y.example.co.uk/"],
])("[K1] %s is fetched as %s", (link, address) => {
  expect(fetchable(link, "")?.href).toBe(address);
});

test.each([
  // Numbers in place of names, in every spelling that a reader of addresses takes for one.
  "http://127.0.0.1/",
  "http://2130706433/",
  "http://0x7f.1/",
  "http://0177.0.0.1/",
  "http://127.1/",
  "http://①②⑦.0.0.1/",
  "http://169.254.169.254/latest/meta-data/",
  "http://8.8.8.8/",
  "http://[::1]/",
  "http://[::ffff:10.0.0.1]/",
  "http://[fd00::1]/",
  // Names that mean something inside a network alone.
  "http://localhost/",
  "http://LOCALHOST./",
  "http://a.localhost/",
  "http://printer.local/",
  "http://db.internal/",
  "http://metadata.google.internal/",
  "http://router.lan/",
  "http://nas.home.arpa/",
  "http://intranet/",
  "http://xyz.onion/",
  // Other services, secrets, other schemes, nonsense.
  "https://example.com:8080/",
  "http://example.com:443/",
  "http://example.com:22/",
  "https://me:secret@example.com/",
  "https://me@example.com/",
  "ftp://example.com/",
  "file:///etc/passwd",
  "javascript:alert(1)",
  "data:text/html,x",
  "//example.com/",
  "example.com",
  "https://",
  "https://-.com/",
  "https://exa mple.com/",
  `https://example.com/${"a".repeat(linkPreviewBounds.urlCharactersMax)}`,
])("[K1] %s is not fetched", (link) => {
  expect(fetchable(link, "")).toBeNull();
});

test("[K1] the server does not ask itself, and a listed host is the operator's decision", () => {
  expect(fetchable("https://chat.example.com/x", "", new Set(["chat.example.com"]))).toBeNull();
  expect(fetchable("http://localhost:8080/", "localhost:8080")?.href).toBe("http://localhost:8080/");
  expect(fetchable("http://localhost:8081/", " other , localhost:8080")).toBeNull();
  expect(fetchable("ftp://localhost/", "localhost")).toBeNull();
  expect(fetchable("http://evil.example.com/", " , ")?.href).toBe("http://evil.example.com/");
});
