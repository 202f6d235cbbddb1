/** Owns the OpenAPI document: made from the declarations of the calls, never written by hand. */
import { z } from "zod";
import { errorCode, errors, problem, type ErrorCode } from "../../schema/errors.ts";
import { device, session } from "../../schema/http/account/accounts.ts";
import { invite } from "../../schema/http/conversation/conversations.ts";
import { me, settings } from "../../schema/http/account/me.ts";
import { queryInteger, type Route } from "../../schema/http/route.ts";
import { routes } from "../../schema/http/routes.ts";
import { block, contact } from "../../schema/http/users.ts";
import { attachment } from "../../schema/wire/attachment.ts";
import { conversation, member } from "../../schema/wire/conversation.ts";
import { summary } from "../../schema/wire/inbox.ts";
import { ack, message, notice } from "../../schema/wire/message.ts";
import { presence } from "../../schema/wire/presence.ts";
import { user } from "../../schema/wire/user.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

/** Schemas with a name of their own in the protocol, and so in the document. They are shapes of answers only; those of requests are drafts and patches. */
const named = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries({
  User: user,
  Me: me,
  Settings: settings,
  Session: session,
  Device: device,
  Contact: contact,
  Block: block,
  Conversation: conversation,
  Member: member,
  Summary: summary,
  Message: message,
  Notice: notice,
  Ack: ack,
  Invite: invite,
  Presence: presence,
  Attachment: attachment,
  Problem: problem,
  ErrorCode: errorCode,
})) {
  named.add(schema, { id });
}

let text: string | undefined;

export function openApiText(): string {
  return (text ??= JSON.stringify(openApiDocument()));
}

export function openApiDocument(): JsonObject {
  const schemas: JsonObject = {};
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(route, schemas);
  }
  schemaOf(problem, "output", schemas);
  return {
    openapi: "3.1.0",
    info: {
      title: "Parley",
      version: "1",
      description:
        "The HTTP calls of Parley. Sockets and the rules that hold for all calls stand in the protocol page. A client ignores fields that it does not know.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        accessToken: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description:
            "The access token of a session. An upgrade may carry it as the subprotocol `bearer.<accessToken>`.",
        },
      },
      responses: Object.fromEntries(
        Object.entries(errors).map(([code, { title, retry }]) => [
          code,
          { description: `${title} (\`${code}\`, retry: ${retry})`, content: problemContent },
        ]),
      ),
      schemas: Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    },
    security: [{ accessToken: [] }],
  };
}

/** Every error that the call can answer: those that it declares, and those of the gateway before it. */
export function errorsOf(route: Route): ErrorCode[] {
  const codes = new Set<ErrorCode>(route.errors);
  if (route.isOpen !== true) codes.add("unauthenticated");
  if (route.params ?? route.query ?? route.body) codes.add("bad_request");
  if (route.body !== undefined) codes.add("too_large").add("unsupported");
  if (Object.hasOwn(route.params?.shape ?? {}, "userId")) codes.add("not_found");
  for (const code of ["rate_limited", "internal", "unavailable"] as const) codes.add(code);
  return [...codes];
}

const problemContent: JsonObject = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };

function operationOf(route: Route, schemas: JsonObject): JsonObject {
  const operation: JsonObject = {
    operationId: operationIdOf(route),
    summary: route.summary,
    tags: [route.tag],
    responses: { ...answersOf(route, schemas), ...problemsOf(route) },
  };
  const parameters = [...parametersOf(route.params, "path", schemas), ...parametersOf(route.query, "query", schemas)];
  if (parameters.length > 0) operation["parameters"] = parameters;
  if (route.isOpen === true) operation["security"] = [];
  if (route.body !== undefined) {
    const isOptional = route.body.safeParse({}).success;
    const schema = schemaOf(route.body, "input", schemas);
    const content: JsonObject = { "application/json": { schema } };
    if (route.method === "PATCH") content["application/merge-patch+json"] = { schema };
    operation["requestBody"] = { required: !isOptional, content };
  }
  if (route.rawBody !== undefined)
    operation["requestBody"] = {
      required: true,
      description: route.rawBody,
      content: { "application/octet-stream": {} },
    };
  return operation;
}

/** `GET /v1/conversations/:conversationId/members` → `getConversationsByConversationIdMembers`. */
function operationIdOf(route: Route): string {
  const words = route.path
    .split("/")
    .slice(2)
    .map((part) => {
      const word = part.replace(":", "").replaceAll(/\W/g, "");
      const capital = word.charAt(0).toUpperCase() + word.slice(1);
      return part.startsWith(":") ? `By${capital}` : capital;
    });
  return route.method.toLowerCase() + words.join("");
}

function answersOf(route: Route, schemas: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, { description, body, mediaType }]) => [
      status,
      body === null
        ? { description }
        : {
            description,
            content: { [mediaType ?? "application/json"]: { schema: schemaOf(body, "output", schemas) } },
          },
    ]),
  );
}

/** One response for each status. If several codes share a status, their descriptions stand together. */
function problemsOf(route: Route): JsonObject {
  const byStatus = Map.groupBy(errorsOf(route), (code) => String(errors[code].status));
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const [only] = codes;
      if (codes.length === 1 && only !== undefined) return [status, { $ref: `#/components/responses/${only}` }];
      const description = codes.map((code) => `${errors[code].title} (\`${code}\`)`).join("; ");
      return [status, { description, content: problemContent }];
    }),
  );
}

function parametersOf(schema: z.ZodObject | undefined, place: "path" | "query", schemas: JsonObject): Json[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, part]) => ({
    name,
    in: place,
    required: place === "path" || !part.safeParse(undefined).success,
    schema: schemaOf(part, "input", schemas),
  }));
}

/** The pattern of digits in a query. They stand for a number, which is what the document shows. */
const digits = z.toJSONSchema(queryInteger, { io: "input" }).pattern;

/** The JSON Schema of one of our schemas. Schemas with a name are put among `schemas`, and references lead there. */
export function schemaOf(schema: z.ZodType, io: "input" | "output", schemas: JsonObject): JsonObject {
  const made = z.toJSONSchema(schema, {
    io,
    metadata: named,
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      // An answer may have more fields than are declared: clients ignore fields that they do not know.
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.type === "string" && jsonSchema.pattern === digits) {
        delete jsonSchema.pattern;
        jsonSchema.type = "integer";
      }
    },
  });
  const { $schema: _, $defs, ...plain } = plainJson(made);
  if (typeof $defs === "object" && !Array.isArray($defs)) Object.assign(schemas, $defs);
  return plain;
}

/** The JSON of the document, with references to the place where the document has its schemas. */
function plainJson(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'));
}
