/** Where exports are asked for. Apart from the shapes of their lines, which the SDK hands on unread and so does not carry. */
import type { Route } from "./route.ts";

type Place = Pick<Route, "method" | "path">;

export const conversationExport = {
  method: "GET",
  path: "/v1/conversations/:conversationId/export",
} as const satisfies Place;

export const ownExport = { method: "GET", path: "/v1/me/export" } as const satisfies Place;
