/** Pictures of people and groups, as everybody who knows their address sees them. */
import { z } from "zod";
import { route } from "./route.ts";

export const getAvatar = route({
  method: "GET",
  path: "/v1/avatars/:picture",
  summary: "A picture of a person or group; its address cannot be guessed, and is all the right that is needed",
  tag: "Uploads",
  isOpen: true,
  params: z.object({ picture: z.string().min(1).max(64) }),
  answers: {
    200: { description: "The picture, as PNG, JPEG, GIF, WebP or AVIF", body: z.string(), mediaType: "image/*" },
    304: { description: "It is the one that the client has", body: null },
  },
  errors: ["bad_request", "not_found"],
});
