import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseAst } from "vite";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function under(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

function all(node: Node): Node[] {
  return [node, ...under(node).flatMap(all)];
}

/** The nodes that an expression may evaluate to, as far as the source shows. */
function outcomes(node: unknown): Node[] {
  if (!isNode(node)) return [];
  if (node.type === "ConditionalExpression") return [...outcomes(node["consequent"]), ...outcomes(node["alternate"])];
  if (node.type === "LogicalExpression") return outcomes(node["right"]);
  return [node];
}

function isText(node: Node): boolean {
  return node.type === "TemplateLiteral" || (node.type === "Literal" && typeof node["value"] === "string");
}

/** Where texts stand that can change or disappear while nodes beside them stay. */
function bareTexts(source: string): number[] {
  const found: number[] = [];
  for (const parent of all(parseAst(source, { lang: "tsx" }) as unknown as Node)) {
    if (parent.type !== "JSXElement" && parent.type !== "JSXFragment") continue;
    const children = (Array.isArray(parent["children"]) ? parent["children"].filter(isNode) : []).filter(
      (child) => child.type !== "JSXText" || /\S/.test(String(child["value"])),
    );
    // The children of a fragment may have siblings outside of it.
    const isAlone = children.length === 1 && parent.type === "JSXElement";
    for (const child of children) {
      if (child.type !== "JSXExpressionContainer") continue;
      const ends = outcomes(child["expression"]);
      const isFixed = ends.length === 1 && ends[0] === child["expression"] && ends[0]?.type === "Literal";
      const texts = ends.filter(isText);
      if (texts.length > 0 && !isFixed && (!isAlone || ends.some((end) => end.type.startsWith("JSX"))))
        found.push(child.start);
    }
  }
  return found;
}

test.each([
  ["<p>{a ? 'x' : 'y'}<i/></p>", 1],
  ["<p>{a && 'x'}<i/></p>", 1],
  ["<>{`${a}`}</>", 1],
  ["<p>{a ? <i/> : 'x'}</p>", 1],
  ["<p>{a ? 'x' : 'y'}</p>", 0],
  ["<p><span>{a && 'x'}</span> is <i/></p>", 0],
  ["<p>fixed{' '}<i/></p>", 0],
])("%s has %i bare texts", (source, count) => {
  expect(bareTexts(`const x = ${source};`).length).toBe(count);
});

test("[W11] texts that change beside other nodes have elements of their own", () => {
  const files = readdirSync(join(root, "web"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".tsx"))
    .map((entry) => join(entry.parentPath, entry.name));
  const found = files.flatMap((file) => {
    const source = readFileSync(file, "utf8");
    return bareTexts(source).map((at) => `${relative(root, file)}:${source.slice(0, at).split("\n").length}`);
  });
  expect(files.length).toBeGreaterThan(20);
  expect(found).toEqual([]);
});
