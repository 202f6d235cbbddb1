/** Serves the operator's door for files: the list of those that nobody may upload, and withholding. */
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { AttachmentId } from "../../schema/ids.ts";
import { mediaCall } from "../../schema/operator/media.ts";
import { withhold } from "./withhold.ts";
import { block, listBlocked, unblock } from "../media/blocklist.ts";
import type { Api } from "../mount.ts";
import { serveOperator } from "./operator.ts";

export function serveMediaOperator(api: Api): void {
  serveOperator(api, "/v1/operator/media", mediaCall, async (env, asked): Promise<Outcome<unknown>> => {
    switch (asked.do) {
      case "blocked":
        return done(await listBlocked(env, asked.cursor, asked.limit));
      case "block":
        await block(env, asked.sha256);
        return done({ blocked: asked.sha256 });
      case "unblock":
        await unblock(env, asked.sha256);
        return done({ unblocked: asked.sha256 });
      case "withhold":
      case "release":
        return done(await setWithheld(env, asked.ids, asked.do === "withhold"));
    }
  });
}

async function setWithheld(
  env: Env,
  ids: readonly AttachmentId[],
  isOn: boolean,
): Promise<{ done: AttachmentId[]; failed: AttachmentId[] }> {
  const answered = { done: [] as AttachmentId[], failed: [] as AttachmentId[] };
  for (const id of ids) {
    const told = await withhold(env, id, isOn);
    answered[told.ok ? "done" : "failed"].push(id);
  }
  return answered;
}
