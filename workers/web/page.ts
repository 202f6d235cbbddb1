/** Owns the pages that the gateway writes itself: text with one style, without scripts and without anything from another address. */
import { createHash } from "node:crypto";

export interface Page {
  readonly html: string;
  /** The Content-Security-Policy: the page's own style and nothing else. */
  readonly policy: string;
}

export function makePage({ title, style, body }: { title: string; style: string; body: string }): Page {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${style}</style></head><body>
${body}
</body></html>`;
  return { html, policy };
}

export function answerPage(
  { html, policy }: Page,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  return new Response(html, {
    status,
    headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": policy, ...headers },
  });
}
