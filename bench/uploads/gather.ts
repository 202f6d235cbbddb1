/** Owns who takes part in the scenario `uploads`: the servers, the processes that load them, three people and their chats. */
import type { Session } from "../../schema/http/account/accounts.ts";
import type { Server as Parley } from "../../scripts/server/server.ts";
import { type HttpPerson, signUp } from "../../test/rig/server/http.ts";
import type { LoadProcess } from "../load/process.ts";
import type { Server } from "../servers.ts";
import type { Place } from "./job.ts";
import type { MoverProcess } from "./mover-process.ts";

const tokenSpareMs = 300_000;

export type Against = "parley" | "bare";

export interface Bench {
  readonly mover: MoverProcess;
  readonly load: LoadProcess;
  readonly parley: Parley;
  readonly bare: Server;
  readonly people: { readonly writer: HttpPerson; readonly reader: HttpPerson; readonly uploader: HttpPerson };
  /** Where texts go, where files do, and where files whose costs are counted do: so many may wait to be sent in each. */
  readonly chats: { readonly texts: string; readonly files: string; readonly costs: string };
  /** Of an account whose token does not end within minutes. */
  place(against: Against): Promise<Place>;
}

/** Nothing of it is refused for its number. */
export const serverEnv = { PARLEY_RATE_LIMITS: "off", PARLEY_COST_METER: "on", UPLOAD_QUOTA_BYTES: String(10 ** 14) };

export async function gather(parts: Pick<Bench, "load" | "mover" | "parley" | "bare">): Promise<Bench> {
  const { parley, bare } = parts;
  const people = {
    writer: await signUp(parley.url),
    reader: await signUp(parley.url),
    uploader: await signUp(parley.url),
  };
  const chats = {
    texts: await people.writer.dm(people.reader),
    files: await people.uploader.group([people.reader]),
    costs: await people.uploader.group([people.reader]),
  };
  const place = async (against: Against): Promise<Place> => {
    if (against === "bare") return { kind: "bare", port: bare.port };
    await freshen(people.uploader);
    return { kind: "parley", port: parley.port, token: people.uploader.token, conversationId: chats.files };
  };
  return { ...parts, people, chats, place };
}

export async function freshen(person: HttpPerson): Promise<void> {
  const { accessTokenExpiresAt, refreshToken } = person.session;
  if (accessTokenExpiresAt - Date.now() > tokenSpareMs) return;
  person.session = await person.must<Session>(200, "POST", "/v1/sessions/refresh", { refreshToken });
}
