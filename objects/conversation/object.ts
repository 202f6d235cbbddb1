/** One conversation: a placeholder until the real object arrives. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../shared/env.ts";

export class ConversationObject extends DurableObject<Env> {}
