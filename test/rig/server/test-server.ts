/** A whole server for tests, where making a person costs little: hundreds are made, and a password's hash takes a fifth of a second in which the server does nothing else. */
import { type Server, type ServerOptions, spawnServer } from "../../../scripts/server/server.ts";

export async function spawnTestServer(options: ServerOptions = {}): Promise<Server> {
  return await spawnServer({ ...options, env: { PARLEY_LIGHT_PASSWORDS: "on", ...options.env } });
}
