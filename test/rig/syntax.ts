/** Owns walking through the syntax of the web app's sources, for tests that forbid something in them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseAst } from "vite";

const root = join(import.meta.dirname, "../..");

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

export function parse(source: string): Node {
  return parseAst(source, { lang: "tsx" }) as unknown as Node;
}

export function under(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/** The node and all below it. */
export function all(node: Node): Node[] {
  return [node, ...under(node).flatMap(all)];
}

/** The nodes that an expression may evaluate to, as far as the source shows. */
export function outcomes(node: unknown): Node[] {
  if (!isNode(node)) return [];
  if (node.type === "ConditionalExpression") return [...outcomes(node["consequent"]), ...outcomes(node["alternate"])];
  if (node.type === "LogicalExpression") return outcomes(node["right"]);
  return [node];
}

/** The name of an identifier or of a JSX element; empty for anything else. */
export function nameOf(node: unknown): string {
  if (!isNode(node)) return "";
  if (node.type === "JSXElement") return nameOf(isNode(node["openingElement"]) ? node["openingElement"]["name"] : null);
  return typeof node["name"] === "string" ? node["name"] : "";
}

interface Source {
  readonly file: string;
  readonly text: string;
}

/** The web app's sources whose names end so. */
export function webSources(ending: RegExp): Source[] {
  return readdirSync(join(root, "web"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ file: relative(root, path), text: readFileSync(path, "utf8") }));
}

/** "file:line" of a place in a source. */
export function placeOf({ file, text }: Source, at: number): string {
  return `${file}:${text.slice(0, at).split("\n").length}`;
}
