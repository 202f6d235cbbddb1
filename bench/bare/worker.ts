/** The bare Worker: routes `/<kind>/<name>` to an object. It has no accounts and no checks, because it is a measure and not a server. */
import type { ChainEnv } from "./chain.ts";
import type { CourierEnv } from "./courier.ts";
import type { GroupedChainEnv } from "./grouped-chain.ts";
import type { LedgerEnv } from "./ledger.ts";
import { type MediaEnv, moveMedia } from "./media.ts";
import { consume, fill, type PushEnv } from "./push.ts";
import type { Reader } from "./reader.ts";
import type { GroupCommitRoom, Room } from "./room.ts";

export { ChainConversation, ChainUser } from "./chain.ts";
export { CourierConversation, CourierUser } from "./courier.ts";
export { GroupedConversation, GroupedUser } from "./grouped-chain.ts";
export { LedgerConversation, LedgerUser } from "./ledger.ts";
export { Reader } from "./reader.ts";
export { GroupCommitRoom, Room } from "./room.ts";

interface BareEnv extends ChainEnv, CourierEnv, GroupedChainEnv, LedgerEnv, MediaEnv, PushEnv {
  readonly ROOMS: DurableObjectNamespace<Room>;
  readonly GROUP_COMMIT_ROOMS: DurableObjectNamespace<GroupCommitRoom>;
  readonly READERS: DurableObjectNamespace<Reader>;
}

const worker: ExportedHandler<BareEnv, string> = {
  queue: consume,
  fetch(request, env) {
    const [, kind, name = ""] = new URL(request.url).pathname.split("/");
    if (kind === "room") return env.ROOMS.getByName(name).fetch(request);
    if (kind === "group-commit-room") return env.GROUP_COMMIT_ROOMS.getByName(name).fetch(request);
    if (kind === "chain") return env.CHAIN_USERS.getByName(name).fetch(request);
    if (kind === "courier") return env.COURIER_USERS.getByName(name).fetch(request);
    if (kind === "ledger") return env.LEDGER_USERS.getByName(name).fetch(request);
    if (kind === "grouped-chain") return env.GROUPED_USERS.getByName(name).fetch(request);
    if (kind === "reader") return env.READERS.getByName(name).fetch(request);
    if (kind === "media") return moveMedia(request, env);
    if (kind === "push") return fill(request, env);
    return new Response(null, { status: 404 });
  },
};

export default worker;
