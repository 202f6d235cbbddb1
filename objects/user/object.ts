/** One user: a placeholder until the real object arrives. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../shared/env.ts";

export class UserObject extends DurableObject<Env> {
  touch(): number {
    const count = (this.ctx.storage.kv.get<number>("count") ?? 0) + 1;
    this.ctx.storage.kv.put("count", count);
    return count;
  }
}
