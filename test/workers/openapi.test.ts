import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { errors } from "../../schema/errors.ts";
import { routes } from "../../schema/http/routes.ts";
import { makeApi } from "../../workers/api/api.ts";
import { answerDocs } from "../../workers/docs/docs.ts";
import { openApiDocument, openApiText } from "../../workers/docs/openapi.ts";

type Operation = {
  operationId: string;
  responses: Record<string, unknown>;
  security?: unknown[];
  parameters?: { name: string }[];
};
const document: { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, unknown> } } =
  JSON.parse(openApiText());
const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
);

/** Not part of the API: the page about it, the bench's meter, and the operator's doors. */
const undocumented = [
  "GET /docs",
  "GET /v1/cost",
  "POST /v1/operator/import",
  "POST /v1/operator/dead-letters",
  "POST /v1/operator/reports",
  // Whoever has an address was given it by another call.
  "GET /v1/media/:owner/:object",
  "POST /v1/operator/media",
];

describe("the OpenAPI document", () => {
  test("[G6] is valid by the standard's own schema", async () => {
    const result = await new Validator().validate(JSON.parse(openApiText()));
    expect(result.valid ? [] : result.errors).toEqual([]);
  });

  test("[G6] holds every mounted call, and every call that it holds is mounted and declared", () => {
    const mounted = new Set(makeApi().routes.map(({ method, path }) => `${method} ${path}`));
    expect(documented.toSorted()).toEqual([...mounted].filter((call) => !undocumented.includes(call)).toSorted());
    expect(documented.toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
  });

  test("gives each operation an id of its own, its path's parameters and its errors", () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, operation })),
    );
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(routes.length);
    for (const { path, operation } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const given = (operation.parameters ?? []).map(({ name }) => name);
      expect(given).toEqual(expect.arrayContaining(named));
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["429", "500", "503"]));
      expect(operation.responses["401"] === undefined && operation.security?.length !== 0).toBe(false);
    }
  });

  test("names every code, and refers to no shape that is not there", () => {
    const text = JSON.stringify(openApiDocument());
    for (const code of Object.keys(errors)) expect(text).toContain(`"${code}"`);
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g))
      expect(document.components.schemas).toHaveProperty(name ?? "");
    expect(text).not.toContain("$defs");
  });
});

test("the page shows every call and frame, without scripts and other hosts", async () => {
  const answer = answerDocs();
  const page = await answer.text();
  for (const { path } of routes) expect(page).toContain(path);
  for (const shape of Object.keys(document.components.schemas)) expect(page).toContain(`id="shape-${shape}"`);
  expect(page).not.toMatch(/<script|<iframe|https?:|\son\w+=/i);
  expect(answer.headers.get("content-security-policy")).toMatch(
    /default-src 'none'.*frame-ancestors 'none'.*require-trusted-types-for 'script'/,
  );
});
