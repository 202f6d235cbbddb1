import { expect, test } from "vitest";
import { all, isNode, nameOf, type Node, outcomes, parse, placeOf, under, webSources } from "../rig/syntax.ts";

/** Calls that give a text. `<Trans>` gives an element: [trans-text.tsx](../../web/app/trans-text.tsx). */
const textCalls = /^(?:t|plural|select|selectOrdinal|\w+Text)$/;
/** What texts are named, where the source does not show what a name stands for. */
const textNames = new Set(["text", "name", "title", "label", "note", "value"]);

/** Whether an expression is a text, as far as a file shows: `texts` are the names that it gives to texts. */
function isText(node: Node, texts: ReadonlySet<string>): boolean {
  if (node.type === "TaggedTemplateExpression") return textCalls.test(nameOf(node["tag"]));
  if (node.type === "CallExpression") return textCalls.test(nameOf(node["callee"]));
  if (node.type === "Identifier") return texts.has(nameOf(node));
  if (node.type === "MemberExpression") return node["computed"] !== true && textNames.has(nameOf(node["property"]));
  return node.type === "TemplateLiteral" || (node.type === "Literal" && typeof node["value"] === "string");
}

/** Names of constants that are texts, and of properties whose type is one. */
function namesOfTexts(nodes: readonly Node[]): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const node of nodes) {
    if (node.type === "VariableDeclarator" && outcomes(node["init"]).some((end) => isText(end, texts)))
      texts.add(nameOf(node["id"]));
    if (node.type !== "TSPropertySignature" || !isNode(node["typeAnnotation"])) continue;
    const type = node["typeAnnotation"]["typeAnnotation"];
    const kinds = isNode(type) && type.type === "TSUnionType" ? under(type) : [type];
    if (kinds.some((kind) => isNode(kind) && /^TS(?:String|Number)Keyword$/.test(kind.type)))
      texts.add(nameOf(node["key"]));
  }
  return texts;
}

/** Where texts stand that can change or disappear while nodes beside them stay. */
function bareTexts(source: string): number[] {
  const found: number[] = [];
  const nodes = all(parse(source));
  const known = namesOfTexts(nodes);
  for (const parent of nodes) {
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
      const texts = ends.filter((end) => isText(end, known));
      const isFixed = ends.length === 1 && ends[0] === child["expression"] && texts.every(isUnchanging);
      const isMixed = ends.some((end) => end.type.startsWith("JSX"));
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
  return (
    !/^(?:Identifier|MemberExpression)$/.test(text.type) &&
    !all(text).some(
      (node) =>
        (node.type === "TemplateLiteral" && Array.isArray(node["expressions"]) && node["expressions"].length > 0) ||
        (node.type === "CallExpression" && nameOf(node["callee"]) !== "t"),
    )
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
  ["<p>{a && <Trans>x</Trans>}<i/></p>", 0],
  ["<p>{errorText(a)}<i/></p>", 1],
  ["<p>{a.name}<i/></p>", 1],
  ["(a: { readonly b?: string | undefined }) => <p>{b}<i/></p>", 1],
  ["(a: { readonly b: boolean }) => <p>{b}<i/></p>", 0],
  ["() => { const b = a ? `x` : t`y`; return <p>{b}<i/></p>; }", 1],
  ["() => { const b = a ? `x` : t`y`; return <p>{b}</p>; }", 0],
  ["<p>{t`x ${a}`}<i/></p>", 1],
  ["<p>{plural(a, { other: 'x' })}<i/></p>", 1],
  ["<p>{a ? <i/> : t`x`}</p>", 1],
  ["<p>{t`x`}<i/></p>", 0],
  ["<p>{t({ message: 'x', comment: 'y' })}<i/></p>", 0],
  ["<p>{a ? t`x` : t`y`}</p>", 0],
  ["<p>{a ? <Trans>x</Trans> : <Trans>y</Trans>}</p>", 0],
  ["<p>{a ? <Trans>x</Trans> : t`y`}</p>", 1],
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
