/** What is read of a page's head, and what a hostile page cannot bring among the app's own texts. */
import { expect, test } from "vitest";
import { decodePage, encodingOf, readPage } from "../../../workers/link-previews/page.ts";
import { linkPreviewBounds } from "../../../schema/bounds/link-previews.ts";
import { codePoints } from "../../../schema/text.ts";

const at = new URL("https://example.com/a/b");
const read = (html: string) => readPage(html, at);

test("[K2] Open Graph before Twitter's cards before plain HTML; entities are read, white space is one space", () => {
  const page = read(`<!doctype html><html><head><title>Plain &amp; simple</title>
    <meta name="description" content="plain"><meta name="twitter:title" content="Card">
    <meta property="og:title" content="  Caf&eacute; &#x2019;n\n  &lt;b&gt; "><meta property="og:site_name" content="Example">
    <meta property="og:description" content="d&mdash;e"><meta property="og:image" content="/i.png"></head><body>…`);
  expect(page).toEqual({
    title: "Café ’n <b>",
    description: "d—e",
    site: "Example",
    image: "https://example.com/i.png",
  });
  expect(read("<title> Plain &amp;\n simple </title><meta name=description content=x>")).toEqual({
    title: "Plain & simple",
    description: "x",
    site: "",
    image: null,
  });
  expect(read("<TITLE>a</TITLE><body><META PROPERTY='OG:TITLE' CONTENT='in the body'>")?.title).toBe("in the body");
});

test("[K2] the title of a picture in the page is not the page's", () => {
  expect(read("<svg><title>Icon</title></svg><title>Page</title>")?.title).toBe("Page");
  expect(read("<title>One</title><title>Two</title>")?.title).toBe("One");
});

test.each(["", "<html></html>", "<title></title>", "<title> \u200b\u2800 </title>", "{}", "<!--<title>x</title>-->"])(
  "[K2] a page without a title has no preview: %j",
  (html) => expect(read(html)).toBeNull(),
);

test("[K2] controls of direction, line feeds and controls do not come through; long texts are cut at a word", () => {
  expect(read("<title>a\u202Eb\u2066c\u0007\u2028d\u0000</title>")?.title).toBe("a b c d");
  const long = read(`<title>${"wörd ".repeat(100)}</title><meta name=description content="${"😀".repeat(5_000)}">`);
  expect(long?.title.endsWith("wörd…")).toBe(true);
  expect(codePoints(long?.title ?? "")).toBeLessThanOrEqual(linkPreviewBounds.titleCodePointsMax);
  expect(codePoints(long?.description ?? "")).toBe(linkPreviewBounds.descriptionCodePointsMax);
  expect(long?.description.isWellFormed()).toBe(true);
});

test("[K2] only an address is a picture's; whether it is fetched is judged elsewhere", () => {
  expect(read('<title>x</title><meta property="og:image" content="http://[">')?.image).toBeNull();
  expect(read('<title>x</title><meta property="og:image" content="//cdn.example/i">')?.image).toBe(
    "https://cdn.example/i",
  );
});

test("[K2] a page is read in its own encoding", () => {
  const windows1251 = Uint8Array.from([0xcf, 0xf0, 0xe8]);
  expect(decodePage("text/html; charset=windows-1251", windows1251)).toBe("При");
  expect(decodePage('text/html; charset="no-such"', new TextEncoder().encode("ä"))).toBe("ä");
  const meta = new TextEncoder().encode(
    '<html><meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">',
  );
  expect(encodingOf("text/html", meta)).toBe("Shift_JIS");
  expect(encodingOf("text/html; charset=latin1", Uint8Array.from([0xef, 0xbb, 0xbf]))).toBe("utf-8");
  expect(encodingOf("text/html", new Uint8Array())).toBe("utf-8");
});

test("[K2] a page of a mebibyte of nested or broken marks is read in bounded time", () => {
  const started = performance.now();
  for (const mark of ["<div>", "<title>", "<meta content='", "&", "<svg><title>", "<!--", "<a b=c "])
    read(mark.repeat(Math.floor(linkPreviewBounds.pageBytesMax / mark.length)));
  // Seven pages; each takes some 50 ms here. What grows with the square of the length would take minutes.
  expect(performance.now() - started).toBeLessThan(15_000);
});
