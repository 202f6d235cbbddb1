import { expect, test } from "vitest";
import { all, isNode, nameOf, type Node, outcomes, parse, placeOf, webSources } from "../../rig/syntax.ts";

/** Attributes whose values no user reads or hears. All others count as texts. */
const silent =
  /^(?:key|id|ref|role|type|name|className|class|style|dir|lang|href|src|rel|target|width|height|viewBox|d|fill|focusable|tabIndex|rows|value|loading|preserveAspectRatio|align|side|orientation|activationMode|size|icon|kind|autoComplete|autoCapitalize|autoCorrect|inputMode|enterKeyHint|dateTime|decoding|preload|htmlFor|defaultValue|context|comment|data-.+|aria-(?:autocomplete|keyshortcuts|live|relevant|hidden|current|controls|describedby|labelledby|activedescendant|haspopup|orientation|pressed|expanded|busy|invalid|selected|checked))$/;

/** Names that are the same in every language. */
const everywhere = new Set([
  ...["English", "Español"],
  ...["Parley", "Edge", "Opera", "Firefox", "Chrome", "Safari", "Android", "Windows", "Linux"],
]);

const macroCalls = new Set(["t", "msg", "defineMessage", "plural", "select", "selectOrdinal"]);
const macroElements = new Set(["Trans", "Plural", "Select", "SelectOrdinal"]);
const letter = /\p{L}/u;
/** Words of a sentence, or a word that begins like one. What is built of parts with dashes, dots or colons is no sentence. */
const sentence = /^\p{Lu}\p{Ll}+$|^\p{Lu}[\p{L}’']* [\p{L}…]|^\p{Ll}+ \p{Ll}+ \p{Ll}+|\p{Ll} ?…$|\p{Ll}[.!?]$/u;

interface Place {
  readonly node: Node;
  readonly parents: readonly Node[];
}

function* walk(node: Node, parents: readonly Node[] = []): Generator<Place> {
  yield { node, parents };
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value])
      if (isNode(child)) yield* walk(child, [node, ...parents]);
}

/** The text of a literal or of the fixed parts of a template; null for other nodes. */
function textOf(node: Node): string | null {
  if (node.type === "JSXText") return String(node["value"]);
  if (node.type === "Literal") return typeof node["value"] === "string" ? node["value"] : null;
  if (node.type !== "TemplateLiteral" || !Array.isArray(node["quasis"])) return null;
  return node["quasis"]
    .map((part: unknown) => (isNode(part) && isRecord(part["value"]) ? String(part["value"]["raw"]) : ""))
    .join(" ");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isMacro(node: Node): boolean {
  if (node.type === "TaggedTemplateExpression") return macroCalls.has(nameOf(node["tag"]));
  if (node.type === "CallExpression") return macroCalls.has(nameOf(node["callee"]));
  return node.type === "JSXElement" && macroElements.has(nameOf(node));
}

/** Where a text stands in code: errors that only programs see, addresses, patterns, types and the like are none. */
function isCode(node: Node, parents: readonly Node[]): boolean {
  const [parent] = parents;
  if (parent === undefined) return true;
  if (parent.type.startsWith("Import") || parent.type.startsWith("Export") || parent.type.startsWith("TS")) return true;
  if (parent.type === "Property") return parent["key"] === node;
  // A list of words that are split apart.
  if (parent.type === "MemberExpression") return parent["property"] === node || nameOf(parent["property"]) === "split";
  // A comparison, such as of the names of keys.
  if (parent.type === "BinaryExpression" || parent.type === "SwitchCase") return true;
  return parent.type === "NewExpression" && nameOf(parent["callee"]).endsWith("Error");
}

/** What is written in the source and shown to people: in elements, in attributes, and sentences in code. */
function hardCoded(source: string): number[] {
  const found: number[] = [];
  for (const { node, parents } of walk(parse(source))) {
    const text = textOf(node)?.trim();
    if (text === undefined || !letter.test(text) || everywhere.has(text)) continue;
    if (parents.some(isMacro)) continue;
    const attribute = parents.find(({ type }) => type === "JSXAttribute" || type === "JSXElement");
    const isInAttribute = attribute?.type === "JSXAttribute";
    if (isInAttribute && silent.test(nameOf(attribute["name"]))) continue;
    const container = parents.find(({ type }) => type === "JSXExpressionContainer");
    const isShown =
      node.type === "JSXText" ||
      parents[0]?.type === "JSXAttribute" ||
      (container !== undefined && outcomes(container["expression"]).includes(node));
    if (isShown || (!isCode(node, parents) && sentence.test(text))) found.push(node.start);
  }
  return found;
}

/**
 * What stands in a `Trans` is put into the sentence as markup, so a person's text there could be taken for some. Elements are not: their
 * texts are no part of the sentence.
 */
function looseValues(source: string): number[] {
  const tree = parse(source);
  const elements = new Set(
    all(tree)
      .filter(
        ({ type, init }) => type === "VariableDeclarator" && outcomes(init).every((end) => end.type === "JSXElement"),
      )
      .map(({ id }) => nameOf(id)),
  );
  return all(tree)
    .filter((node) => node.type === "JSXElement" && nameOf(node) === "Trans")
    .flatMap(all)
    .flatMap(({ type, children }) => (type === "JSXElement" && Array.isArray(children) ? children.filter(isNode) : []))
    .filter(({ type, expression }) => type === "JSXExpressionContainer" && nameOf(expression) !== "")
    .filter(({ expression }) => !elements.has(nameOf(expression)))
    .map(({ start }) => start);
}

/** Texts that are asked for when the module is loaded, before the language is known. */
function tooEarly(source: string): number[] {
  return [...walk(parse(source))]
    .filter(({ node }) => isMacro(node) && !["msg", "defineMessage"].includes(nameOf(node["tag"] ?? node["callee"])))
    .filter(({ parents }) => !parents.some(({ type }) => /Function/.test(type)))
    .map(({ node }) => node.start);
}

test.each([
  ["<p>Hello</p>", 1],
  ["<p>{a ? 'Hello' : t`Bye`}</p>", 1],
  ["<p>{`Hello ${a}`}</p>", 1],
  ["<p aria-label='Hello' />", 1],
  ["<p title={a ? 'Hello' : 'Bye'} />", 2],
  ["<Menu label={`Actions for ${a}`} />", 1],
  ["say('That is not possible.')", 1],
  ["{ all: 'Conversations' }.all", 1],
  ["[['a', 'Members may add people']]", 1],
  ["{ message: 'Saved' }.message", 1],
  ["say(`Too long: ${a} of ${b}`)", 1],
  ["<p className='button button-main' data-testid='x'>{t`Hello`}</p>", 0],
  ["<p><Trans>Hello {name}</Trans></p>", 0],
  ["<p>Parley</p>", 0],
  ["<p>· {a}</p>", 0],
  ["t({ message: `Hello ${a}`, comment: 'Said to everybody' })", 0],
  ["new Error('There is no such thing')", 0],
  ["a.querySelector('[role=menu], dialog')", 0],
])("%s has %i hard-coded texts", (source, count) => {
  expect(hardCoded(`const x = (${source});`).length).toBe(count);
});

test.each([
  ["const x = <Trans>By {name}</Trans>;", 1],
  ["const name = <b>{a}</b>; const x = <Trans>By {name}</Trans>;", 0],
  ["const x = <Trans>Hello <b>you</b></Trans>;", 0],
  ["const x = <Trans>Hello <b>{name}</b></Trans>;", 1],
  ["const x = <Trans>Hello <Select value={role} other='x' /></Trans>;", 0],
])("%s has %i loose values", (source, count) => {
  expect(looseValues(source).length).toBe(count);
});

test("[W30] no text that people see or hear is written in the source outside of the macros that translate it", () => {
  const sources = webSources(/\.tsx?$/).filter(
    ({ file }) => !/^web\/(?:vite\.config|lingui\.config|macros|first-texts)\.ts$/.test(file),
  );
  const found = sources.flatMap((source) => hardCoded(source.text).map((at) => placeOf(source, at)));
  expect(sources.length).toBeGreaterThan(80);
  expect(found).toEqual([]);
});

test("[W4] texts of people stand as elements in a sentence with markup", () => {
  const found = webSources(/\.tsx$/).flatMap((source) => looseValues(source.text).map((at) => placeOf(source, at)));
  expect(found).toEqual([]);
});

test.each([
  ["const a = t`Hello`;", 1],
  ["const all = { a: plural(1, { other: 'x' }) };", 1],
  ["const a = () => t`Hello`;", 0],
  ["class A { render() { return <p>{t`Hello`}</p>; } }", 0],
])("%s asks for %i texts too early", (source, count) => {
  expect(tooEarly(source).length).toBe(count);
});

test("[W31] no text is asked for before the language is known", () => {
  const found = webSources(/\.tsx?$/).flatMap((source) => tooEarly(source.text).map((at) => placeOf(source, at)));
  expect(found).toEqual([]);
});
