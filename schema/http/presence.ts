/** Presence by HTTP, for users who are on screen and whom no sync socket watches. */
import { z } from "zod";
import { userId } from "../ids.ts";
import { limits } from "../limits.ts";
import { presence } from "../wire/presence.ts";
import { route } from "./route.ts";

/** `a,b,c`: ids separated by commas. Too many ids are `too_large`, as in other lists of ids. The handler refuses them, because everything that the schema of a query refuses is `bad_request`. */
const userIds = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(userId).min(1));

export const getPresence = route({
  method: "GET",
  path: "/v1/presence",
  summary: `Whether users are online, up to ${limits.presenceUsersMax}, in the order asked; who may not know, or nobody like that: \`offline\` and null`,
  tag: "Users",
  query: z.object({ userIds }),
  answers: { 200: { description: "Their presence", body: z.object({ presence: z.array(presence) }) } },
  errors: ["unauthenticated", "bad_request", "too_large", "rate_limited"],
});
