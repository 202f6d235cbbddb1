/** Other users: looking them up, contacts, blocks. */
import { z } from "zod";
import { userId } from "../ids.ts";
import { user } from "../wire/user.ts";
import { limitOf, listQuery, nextCursor, route } from "./route.ts";

export const getUser = route({
  method: "GET",
  path: "/v1/users/:userId",
  summary: "A user by id",
  tag: "Users",
  params: z.object({ userId }),
  answers: { 200: { description: "The user", body: user } },
  errors: ["unauthenticated", "not_found"],
});

export const findUsers = route({
  method: "GET",
  path: "/v1/users",
  summary:
    "A user by exact handle, or users by prefix of handle or of a word of the name; exactly one of `handle` and `q`",
  tag: "Users",
  query: z
    .object({
      handle: z.string().min(1).max(256).optional(),
      q: z.string().min(1).max(100).optional(),
      cursor: z.string().min(1).max(200).optional(),
      limit: limitOf(100, 20),
    })
    .refine((query) => (query.handle === undefined) !== (query.q === undefined), "exactly one of handle and q"),
  answers: {
    200: {
      description: "The user (by handle), or a page of users (by prefix)",
      body: z.union([user, z.object({ users: z.array(user), cursor: nextCursor })]),
    },
  },
  errors: ["unauthenticated", "bad_request", "not_found"],
});

/** `mutual`: each of the two has put the other into their contacts. */
export const contact = z.object({ user, state: z.enum(["mutual", "outgoing", "incoming"]), since: z.int() });
export type Contact = z.infer<typeof contact>;

const onePerson = z.object({ userId });

export const listContacts = route({
  method: "GET",
  path: "/v1/contacts",
  summary: "Contacts: those you have put, those who have put you, and friends",
  tag: "Users",
  query: listQuery,
  answers: { 200: { description: "A page", body: z.object({ contacts: z.array(contact), cursor: nextCursor }) } },
  errors: ["unauthenticated", "bad_request"],
});

export const putContact = route({
  method: "PUT",
  path: "/v1/contacts/:userId",
  summary: "Put somebody into your contacts",
  tag: "Users",
  params: onePerson,
  answers: { 200: { description: "The contact", body: contact } },
  errors: ["unauthenticated", "not_found", "conflict"],
});

export const deleteContact = route({
  method: "DELETE",
  path: "/v1/contacts/:userId",
  summary: "Take somebody out of your contacts",
  tag: "Users",
  params: onePerson,
  answers: { 204: { description: "Gone", body: null } },
  errors: ["unauthenticated"],
});

export const block = z.object({ user, since: z.int() });
export type Block = z.infer<typeof block>;

export const listBlocks = route({
  method: "GET",
  path: "/v1/blocks",
  summary: "Those whom you have blocked",
  tag: "Users",
  query: listQuery,
  answers: { 200: { description: "A page", body: z.object({ blocks: z.array(block), cursor: nextCursor }) } },
  errors: ["unauthenticated", "bad_request"],
});

export const putBlock = route({
  method: "PUT",
  path: "/v1/blocks/:userId",
  summary: "Block somebody",
  tag: "Users",
  params: onePerson,
  answers: { 200: { description: "The block", body: block } },
  errors: ["unauthenticated", "not_found", "conflict"],
});

export const deleteBlock = route({
  method: "DELETE",
  path: "/v1/blocks/:userId",
  summary: "End a block",
  tag: "Users",
  params: onePerson,
  answers: { 204: { description: "Gone", body: null } },
  errors: ["unauthenticated"],
});
