/**
 * Owns the declarations of the SDK's package: those of the sources, with every type that is inferred from a schema written out, so that a
 * reader sees its fields and a consumer needs no validator. TypeScript 7 has no API for programs yet, so this one is made by TypeScript 6.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript-6";
import { TypeWriter } from "./type-writer.ts";

/** Matches code that names the validator. */
const zod = /\bz\.|\bzod\b/;

export function writeDeclarations(root: string, entries: Readonly<Record<string, string>>, folder: string): void {
  const program = ts.createProgram({
    rootNames: Object.values(entries).map((file) => join(root, file)),
    options: optionsOf(root),
  });
  const emitted = new Map<string, string>();
  program.emit(undefined, (file, text) => emitted.set(relative(root, file), text), undefined, true);
  const writer = new TypeWriter(program.getTypeChecker());
  const needed = Object.values(entries).map(declarationOf);
  const done = new Set<string>();
  for (let file = needed.pop(); file !== undefined; file = needed.pop()) {
    if (done.has(file)) continue;
    done.add(file);
    const text = emitted.get(file);
    const source = program.getSourceFile(join(root, file.replace(/\.d\.ts$/, ".ts")));
    if (text === undefined || source === undefined) throw new Error(`${file} was not made`);
    const plain = withoutZod(text, source, program.getTypeChecker(), writer);
    for (const path of importsOf(plain)) needed.push(declarationOf(join(dirname(file), path)));
    write(join(folder, "types", file), plain.replaceAll(/(from "|import\(")(\.[^"]*)\.ts"/g, '$1$2.js"'));
  }
  for (const [name, file] of Object.entries(entries)) {
    const path = `./types/${file.replace(/\.ts$/, ".js")}`;
    // The reference takes the module's name from this comment.
    write(join(folder, `${name}.d.ts`), `/** @module ${importedAs(name)} */\nexport * from "${path}";\n`);
  }
}

/** What a program writes to import an entry. */
export function importedAs(name: string): string {
  return name === "index" ? "parley-sdk" : `parley-sdk/${name}`;
}

function optionsOf(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  return {
    ...options,
    lib: ["lib.es2024.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
    types: ["node"],
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: root,
    outDir: root,
  };
}

/** The statements of a declaration file, with inferred types written out; schemas are left out. */
function withoutZod(text: string, source: ts.SourceFile, checker: ts.TypeChecker, writer: TypeWriter): string {
  const symbol = checker.getSymbolAtLocation(source);
  const exported = new Map(
    symbol === undefined ? [] : checker.getExportsOfModule(symbol).map((each) => [each.name, each]),
  );
  const parsed = ts.createSourceFile("x.d.ts", text, ts.ScriptTarget.Latest, true);
  const kept = parsed.statements.flatMap((statement) => {
    const own = text.slice(statement.getFullStart(), statement.getEnd());
    if (!zod.test(statement.getText(parsed))) return [own];
    if (!ts.isTypeAliasDeclaration(statement)) return [];
    const name = statement.name.text;
    const alias = exported.get(name);
    if (alias === undefined) return [];
    const schema = exported.get(name.charAt(0).toLowerCase() + name.slice(1));
    return [writer.alias(name, alias, schema)];
  });
  return `${kept.join("\n").trim()}\n`;
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from "|import\(")(\.[^"]*)"/g)].map((match) => match[1] ?? "");
}

function declarationOf(file: string): string {
  return file.replace(/\.ts$/, ".d.ts");
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
