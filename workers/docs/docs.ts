/** Owns `/docs`: the API and the frames as one page, rendered here from the same declarations, without scripts or other hosts. */
import type { z } from "zod";
import { closeCodes, errors, problem } from "../../schema/errors.ts";
import { routes } from "../../schema/http/routes.ts";
import { heartbeat, limits } from "../../schema/limits.ts";
import { liveDownFrame, syncDownFrame } from "../../schema/wire/frames/down.ts";
import { upFrames } from "../../schema/wire/frames/up.ts";
import { protocol } from "../../schema/wire/frames/version.ts";
import { answerPage, makePage, type Page } from "../web/page.ts";
import { errorsOf, type JsonObject, schemaOf } from "./openapi.ts";
import { escapeHtml, isObject, sketch } from "./sketch.ts";

const style = `
:root { color-scheme: light dark; background: Canvas; color: CanvasText; --line: color-mix(in srgb, currentColor 18%, transparent); --faint: color-mix(in srgb, currentColor 6%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem 1.5rem 6rem; }
h1 { font-size: 1.8rem; } h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); } h3 { margin: 1.5rem 0 .3rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; } code { background: var(--faint); padding: .1em .3em; border-radius: 3px; }
pre { background: var(--faint); padding: .7rem; border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem; } summary { cursor: pointer; }
.method { display: inline-block; min-width: 4.2rem; font-weight: 700; } nav a { margin-right: .9rem; }
`;

let page: Page | undefined;

export function answerDocs(): Response {
  page ??= makePage({ title: "Parley: the API", style, body: renderBody() });
  return answerPage(page, 200, { "cache-control": "public, max-age=300" });
}

function renderBody(): string {
  const tags = [...new Set(routes.map((route) => route.tag))];
  return `<main><h1>Parley: the API</h1>
<p>Protocol <code>${protocol}</code>. The same in machine-readable form: <a href="/v1/openapi.json">OpenAPI 3.1</a>;
what this server allows: <a href="/v1/discovery">discovery</a>. For programs in TypeScript and JavaScript: <a href="/docs/sdk">the SDK</a>.</p>
<nav>${tags.map((tag) => `<a href="#${tag}">${tag}</a>`).join("")}<a href="#sockets">Sockets</a><a href="#errors">Errors</a><a href="#limits">Limits</a><a href="#shapes">Shapes</a></nav>
${conventions}
${tags.map(renderTag).join("\n")}
${renderSockets()}
${renderErrors()}
${renderLimits()}
${renderShapes()}</main>`;
}

const conventions = `<h2 id="conventions">Conventions</h2>
<ul>
<li>JSON in UTF-8, camelCase. Times are milliseconds since 1970 by the server's clock. Ids are opaque strings.</li>
<li>Send <code>Authorization: Bearer &lt;accessToken&gt;</code>; there are no cookies. A call marked open needs none.</li>
<li>Ignore fields and frames that you do not know; the server does the same with fields.</li>
<li>Lists come in pages; <code>cursor</code> is null at the end.</li>
<li>Every request is answered within 10 s (a long poll: <code>wait</code> + 10 s). An error with <code>retry: "never"</code> did not happen and will not;
no answer, or <code>later</code>, means unknown: repeat it with the same <code>clientId</code>.</li>
</ul>`;

function renderTag(tag: string): string {
  const calls = routes
    .filter((route) => route.tag === tag)
    .map((route) => {
      const parts = [
        route.query === undefined ? "" : `<h3>Query</h3>${shape(route.query, "input")}`,
        route.body === undefined ? "" : `<h3>Body</h3>${shape(route.body, "input")}`,
        ...Object.entries(route.answers).map(
          ([status, { description, body }]) =>
            `<h3>${status}: ${escapeHtml(description)}</h3>${body === null ? "" : shape(body, "output")}`,
        ),
        `<p>Errors: ${errorsOf(route)
          .map((code) => `<a href="#error-${code}"><code>${code}</code></a>`)
          .join(" ")}</p>`,
      ];
      const open = route.isOpen === true ? " <em>(open)</em>" : "";
      return `<details><summary><span class="method">${route.method}</span> <code>${escapeHtml(route.path)}</code>${open} ${escapeHtml(route.summary)}</summary>${parts.join("")}</details>`;
    });
  return `<h2 id="${tag}">${tag}</h2>${calls.join("\n")}`;
}

function renderSockets(): string {
  const up = Object.entries(upFrames).map(([type, frame]) => frameOf(type, frame, "input"));
  const down = [...new Set([...syncDownFrame.options, ...liveDownFrame.options])].map((frame) => {
    const { type } = frame.shape;
    return frameOf(String(type.value), frame, "output");
  });
  return `<h2 id="sockets">Sockets</h2>
<p><code>GET /v1/sync?since=VERSION&amp;epoch=EPOCH</code> opens the sync socket: the inbox and everything for this user.
<code>GET /v1/conversations/:conversationId/live?rev=REV&amp;epoch=EPOCH</code> opens a live socket: one conversation, on screen.
Offer the subprotocols <code>${protocol}</code> and <code>bearer.&lt;accessToken&gt;</code>, or set the Authorization header.</p>
<p>Frames are JSON text: one object, or an array of up to ${limits.frameObjectsMax}. Say the bare text <code>ping</code> every ${heartbeat.intervalMs} ms;
the answer is <code>pong:</code> and the version (sync) or rev (live). A frame with a <code>ref</code> is answered by <code>ok</code> or <code>error</code> with that ref.</p>
<h3>From the client</h3>${up.join("\n")}
<h3>From the server</h3>${down.join("\n")}`;
}

function frameOf(type: string, frame: z.ZodType, io: "input" | "output"): string {
  return `<details><summary><code>${type}</code></summary>${shape(frame, io)}</details>`;
}

function renderErrors(): string {
  const rows = Object.entries(errors).map(
    ([code, { status, retry, title }]) =>
      `<tr id="error-${code}"><td><code>${code}</code></td><td>${status}</td><td>${retry}</td><td>${escapeHtml(title)}</td></tr>`,
  );
  const closes = Object.entries(closeCodes).map(
    ([reason, { code, retry }]) => `<tr><td>${code}</td><td>${reason}</td><td>${retry}</td></tr>`,
  );
  return `<h2 id="errors">Errors</h2><table><tr><th>code</th><th>status</th><th>retry</th><th>meaning</th></tr>${rows.join("")}</table>
<h3>Close codes of sockets</h3><table><tr><th>code</th><th>reason</th><th>retry</th></tr>${closes.join("")}</table>`;
}

function renderLimits(): string {
  const rows = Object.entries(limits).map(([name, value]) => `<tr><td><code>${name}</code></td><td>${value}</td></tr>`);
  return `<h2 id="limits">Limits</h2><table>${rows.join("")}</table>`;
}

function renderShapes(): string {
  const schemas: JsonObject = {};
  schemaOf(problem, "output", schemas);
  for (const { answers } of routes)
    for (const { body } of Object.values(answers)) if (body !== null) schemaOf(body, "output", schemas);
  const shapes = Object.entries(schemas)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `<h3 id="shape-${name}">${name}</h3><pre>${isObject(schema) ? sketch(schema) : ""}</pre>`);
  return `<h2 id="shapes">Shapes</h2>${shapes.join("\n")}`;
}

function shape(schema: z.ZodType, io: "input" | "output"): string {
  return `<pre>${sketch(schemaOf(schema, io, {}))}</pre>`;
}
