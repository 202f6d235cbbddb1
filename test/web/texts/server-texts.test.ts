import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { i18n } from "@lingui/core";
import { afterEach, beforeAll, expect, test } from "vitest";
import { ParleyError } from "../../../client/index.ts";
import { errorText, fieldText, fetchServerTexts } from "../../../web/texts/error-text.ts";
import { limitText } from "../../../web/texts/server-texts.ts";
import { all, isNode, nameOf, type Node, parse } from "../../rig/syntax.ts";

beforeAll(fetchServerTexts);

const root = join(import.meta.dirname, "../../..");

/** The details that the server gives with `rate_limited`, in all of its source files. */
function detailsOfLimits(): string[] {
  const sources = ["objects", "workers"].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")),
  );
  return sources
    .filter((source) => /rate_limited|drawAll|detail/.test(source))
    .flatMap((source) => all(parse(source)).flatMap(detailsIn));
}

function detailsIn(node: Node): string[] {
  const args = Array.isArray(node["arguments"]) ? node["arguments"].filter(isNode) : [];
  if (node.type === "CallExpression" && nameOf(node["callee"]) === "refuse")
    return args[0]?.["value"] === "rate_limited" ? texts(args[1]) : [];
  // Of a draw from a meter, and of the meters of a socket.
  if (node.type === "CallExpression" && isNode(node["callee"]) && nameOf(node["callee"]["property"]) === "take")
    return texts(args[1]);
  if (node.type === "VariableDeclarator" && ["ofUser", "ofAll"].includes(nameOf(node["id"])))
    return texts(node["init"]);
  const isDraw = node.type === "ObjectExpression" && Array.isArray(node["properties"]) && keys(node).includes("takes");
  return isDraw ? texts(properties(node).find((each) => nameOf(each["key"]) === "detail")?.["value"]) : [];
}

function properties(node: Node): Node[] {
  return Array.isArray(node["properties"]) ? node["properties"].filter(isNode) : [];
}

function keys(node: Node): string[] {
  return properties(node).map((each) => nameOf(each["key"]));
}

function texts(node: unknown): string[] {
  return isNode(node) && node.type === "Literal" && typeof node["value"] === "string" ? [node["value"]] : [];
}

afterEach(() => i18n.loadAndActivate({ locale: "en", messages: {} }));

test("[W30] every limit of the server has a sentence in the app", () => {
  const details = new Set(detailsOfLimits());
  expect(details.size).toBeGreaterThan(15);
  expect([...details].filter((detail) => limitText(detail) === null)).toEqual([]);
});

test("[W30] the server's own English is shown in English alone", () => {
  const unknown = new ParleyError({ code: "bad_request", detail: "title: is odd" });
  expect(errorText(unknown)).toBe("Title: is odd.");
  expect(fieldText(unknown)).toBe("Is odd.");
  i18n.loadAndActivate({ locale: "ar-XB", messages: {} });
  expect(errorText(unknown)).toBe("That was refused.");
  expect(fieldText(unknown)).toBe("That was refused.");
  const limited = new ParleyError({ code: "rate_limited", detail: "a new limit", retryAfterMs: 400 });
  expect(errorText(limited)).toBe("That was too much at once. Try again in a moment.");
});
