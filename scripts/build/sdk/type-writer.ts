/** Owns how a type is written out in full, with the comments of its fields. */
import ts from "typescript-6";

const plain = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType;
/** No shape of the protocol is deeper; a type that contains itself would never end. */
const depthMax = 12;

export class TypeWriter {
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  /** `export type NAME = …`, with its own comment, or that of the schema that it is inferred from. */
  alias(name: string, symbol: ts.Symbol, schema: ts.Symbol | undefined): string {
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    const comment = this.#commentOf(symbol) || (schema === undefined ? "" : this.#commentOf(schema));
    return `${comment}export type ${name} = ${this.#write(type, 0)};`;
  }

  #write(type: ts.Type, depth: number): string {
    if (depth > depthMax) throw new Error(`too deep: ${this.#checker.typeToString(type)}`);
    if (type.isUnion()) return this.#union(type, depth);
    if (type.isIntersection()) {
      // A brand keeps ids apart within the SDK; programs are given, and give, strings.
      const base = type.types.find((each) => (each.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike)) !== 0);
      if (base !== undefined) return this.#write(base, depth);
    }
    if (this.#checker.isArrayType(type)) {
      const [element] = this.#checker.getTypeArguments(type as ts.TypeReference);
      const text = element === undefined ? "unknown" : this.#write(element, depth);
      return / [|&] /.test(text) && !text.startsWith("{") ? `(${text})[]` : `${text}[]`;
    }
    if ((type.flags & ts.TypeFlags.Object) !== 0 || type.isIntersection()) return this.#object(type, depth);
    return this.#checker.typeToString(type, undefined, plain).replaceAll("'", '"');
  }

  #union(type: ts.UnionType, depth: number): string {
    const texts = type.types.map((each) => this.#write(each, depth));
    const isBoolean = texts.includes("true") && texts.includes("false");
    const rest = texts.filter((text) => !isBoolean || (text !== "true" && text !== "false"));
    // `null` and `undefined` come last.
    const late = (text: string) => Number(text === "null") + 2 * Number(text === "undefined");
    return [...new Set(isBoolean ? [...rest, "boolean"] : rest)].sort((a, b) => late(a) - late(b)).join(" | ");
  }

  #object(type: ts.Type, depth: number): string {
    const indent = "  ".repeat(depth + 1);
    const indexes = this.#checker
      .getIndexInfosOfType(type)
      .map(
        ({ keyType, type: value }) =>
          `${indent}[key: ${this.#write(keyType, depth)}]: ${this.#write(value, depth + 1)};`,
      );
    const fields = this.#checker.getPropertiesOfType(type).map((property) => {
      const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      const text = this.#write(this.#checker.getTypeOfSymbol(property), depth + 1);
      const comment = this.#commentOf(property).replaceAll(/^/gm, indent).trimEnd();
      const name = /^\w+$/.test(property.name) ? property.name : JSON.stringify(property.name);
      return `${comment === "" ? "" : `${comment}\n`}${indent}${name}${isOptional ? "?" : ""}: ${text};`;
    });
    if (indexes.length + fields.length === 0) return "{}";
    return `{\n${[...indexes, ...fields].join("\n")}\n${"  ".repeat(depth)}}`;
  }

  #commentOf(symbol: ts.Symbol): string {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker)).trim();
    return text === "" ? "" : `/** ${text.replaceAll("\n", "\n * ")} */\n`;
  }
}
