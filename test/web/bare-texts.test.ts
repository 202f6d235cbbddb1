import { expect, test } from "vitest";
import { all, isNode, nameOf, type Node, outcomes, parse, placeOf, under, webSources } from "../rig/syntax.ts";

/** Calls that give a text, and elements that become one. */
const textCalls = new Set(["t", "plural", "select", "selectOrdinal"]);
const textElements = new Set(["Trans", "Plural", "Select", "SelectOrdinal"]);

function isText(node: Node): boolean {
  if (node.type === "TaggedTemplateExpression") return textCalls.has(nameOf(node["tag"]));
  if (node.type === "CallExpression") return textCalls.has(nameOf(node["callee"]));
  if (node.type === "JSXElement") return textElements.has(nameOf(node));
  return node.type === "TemplateLiteral" || (node.type === "Literal" && typeof node["value"] === "string");
}

/** Where texts stand that can change or disappear while nodes beside them stay. */
function bareTexts(source: string): number[] {
  const found: number[] = [];
  for (const parent of all(parse(source))) {
    if (parent.type !== "JSXElement" && parent.type !== "JSXFragment") continue;
    const children = (Array.isArray(parent["children"]) ? parent["children"].filter(isNode) : []).filter(
      (child) => child.type !== "JSXText" || /\S/.test(String(child["value"])),
    );
    // The children of a fragment may have siblings outside of it.
    const isAlone = children.length === 1 && parent.type === "JSXElement";
    for (const child of children) {
      if (child.type !== "JSXExpressionContainer") continue;
      if (madeOfEach(child["expression"]).some((made) => !isElementOrNothing(made))) found.push(child.start);
      const ends = outcomes(child["expression"]);
      const texts = ends.filter(isText);
      const isFixed = ends.length === 1 && ends[0] === child["expression"] && texts.every(isUnchanging);
      const isMixed = ends.some((end) => end.type.startsWith("JSX") && !isText(end));
      if (texts.length > 0 && !isFixed && (!isAlone || isMixed)) found.push(child.start);
    }
  }
  return found;
}

/** What a list is made of: that which the function that is given to `map` answers. */
function madeOfEach(expression: unknown): Node[] {
  return outcomes(expression).flatMap((call) => {
    const [callee, made] = [call["callee"], Array.isArray(call["arguments"]) ? call["arguments"][0] : undefined];
    if (!isNode(callee) || !/^(?:map|flatMap)$/.test(nameOf(callee["property"])) || !isNode(made)) return [];
    return outcomes(made["body"]).flatMap(answersOf);
  });
}

/** An expression itself; of a function's body what it returns, without the functions in it. */
function answersOf(node: Node): Node[] {
  if (node.type === "ReturnStatement") return outcomes(node["argument"]);
  if (/Function/.test(node.type)) return [];
  return /Statement$|^SwitchCase$/.test(node.type) ? under(node).filter(isStatement).flatMap(answersOf) : [node];
}

function isStatement({ type }: Node): boolean {
  return /Statement$|^SwitchCase$/.test(type);
}

/** Elements of another list count as elements: what they are is not seen here. */
function isElementOrNothing(node: Node): boolean {
  if (node.type === "MemberExpression") return node["computed"] === true;
  return node.type.startsWith("JSX") || nameOf(node) === "undefined" || (node.type === "Literal" && !node["value"]);
}

/** Whether a text is the same as long as it is there: the language of a page does not change. */
function isUnchanging(text: Node): boolean {
  return !all(text).some(
    (node) =>
      (node.type === "TemplateLiteral" && Array.isArray(node["expressions"]) && node["expressions"].length > 0) ||
      (node.type === "CallExpression" && nameOf(node["callee"]) !== "t"),
  );
}

test.each([
  ["<p>{a ? 'x' : 'y'}<i/></p>", 1],
  ["<p>{a && 'x'}<i/></p>", 1],
  ["<>{`${a}`}</>", 1],
  ["<p>{a ? <i/> : 'x'}</p>", 1],
  ["<p>{a ? 'x' : 'y'}</p>", 0],
  ["<p><span>{a && 'x'}</span> is <i/></p>", 0],
  ["<p>fixed{' '}<i/></p>", 0],
  ["<p>{a ? t`x` : t`y`}<i/></p>", 1],
  ["<p>{a && <Trans>x</Trans>}<i/></p>", 1],
  ["<p>{t`x ${a}`}<i/></p>", 1],
  ["<p>{plural(a, { other: 'x' })}<i/></p>", 1],
  ["<p>{a ? <i/> : t`x`}</p>", 1],
  ["<p>{t`x`}<i/></p>", 0],
  ["<p>{t({ message: 'x', comment: 'y' })}<i/></p>", 0],
  ["<p>{a ? t`x` : t`y`}</p>", 0],
  ["<p>{a ? <Trans>x</Trans> : <Trans>y</Trans>}</p>", 0],
  ["<p>{a.map((b) => b.text)}</p>", 1],
  ["<p>{a.map((b) => { if (b.c) return b.text; return <i/>; })}</p>", 1],
  ["<p>{a && a.map((b) => (b.c ? <i/> : b.text))}</p>", 1],
  ["<p>{a.map((b) => { const c = b.map((d) => d.e); return b.f && <i g={c}/>; })}</p>", 0],
  ["<p>{a.map((b) => (b.c ? <i/> : null))}</p>", 0],
])("%s has %i bare texts", (source, count) => {
  expect(bareTexts(`const x = ${source};`).length).toBe(count);
});

test("[W11] texts that change beside other nodes have elements of their own", () => {
  const sources = webSources(/\.tsx$/);
  const found = sources.flatMap((source) => bareTexts(source.text).map((at) => placeOf(source, at)));
  expect(sources.length).toBeGreaterThan(20);
  expect(found).toEqual([]);
});
