/** Owns how a JSON Schema is shown to people: as the type that it describes, in HTML, with links to the shapes that have names. */
import type { JsonObject } from "./openapi.ts";

const reference = /^#\/components\/schemas\/(\w+)$/;

export function sketch(schema: JsonObject, indent = ""): string {
  const { $ref, const: only, enum: choices, anyOf, oneOf, type } = schema;
  const name = typeof $ref === "string" ? reference.exec($ref)?.[1] : undefined;
  if (name !== undefined) return `<a href="#shape-${name}">${name}</a>`;
  if (only !== undefined) return escapeHtml(JSON.stringify(only));
  if (Array.isArray(choices)) return choices.map((choice) => escapeHtml(JSON.stringify(choice))).join(" | ");
  const alternatives = Array.isArray(anyOf) ? anyOf : oneOf;
  if (Array.isArray(alternatives))
    return alternatives
      .filter(isObject)
      .map((one) => sketch(one, indent))
      .join(" | ");
  if (Array.isArray(type)) return type.map((one) => sketch({ ...schema, type: one }, indent)).join(" | ");
  if (type === "object") return sketchObject(schema, indent);
  if (type === "array") return isObject(schema["items"]) ? `Array&lt;${sketch(schema["items"], indent)}&gt;` : "Array";
  return typeof type === "string" ? escapeHtml(type) : "anything";
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function sketchObject(schema: JsonObject, indent: string): string {
  const { properties, required, additionalProperties } = schema;
  if (!isObject(properties)) {
    return isObject(additionalProperties) ? `{ [name]: ${sketch(additionalProperties, indent)} }` : "{ … }";
  }
  const needed = new Set(Array.isArray(required) ? required : []);
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(
    ([name, part]) =>
      `${inner}${escapeHtml(name)}${needed.has(name) ? "" : "?"}: ${isObject(part) ? sketch(part, inner) : "anything"}`,
  );
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
