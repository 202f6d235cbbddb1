/** Serves the calls about the service itself: discovery, health, the OpenAPI document, and the cost meter of the bench. */
import { reportLimits } from "../../schema/bounds/reports.ts";
import { Directory } from "../../objects/shared/identity/directory.ts";
import { cost } from "../../objects/shared/platform/meter.ts";
import { done, notFound } from "../../schema/errors.ts";
import * as declared from "../../schema/http/operations.ts";
import { heartbeat, limits } from "../../schema/limits.ts";
import { uploadQuotaOf } from "../../objects/shared/uploads/upload-days.ts";
import { uploadLimits } from "../../schema/bounds/uploads.ts";
import { searchLimits } from "../../schema/search-limits.ts";
import { protocols } from "../../schema/wire/frames/version.ts";
import { answerJson, answerProblem } from "../../objects/shared/platform/answers.ts";
import { answer } from "../answer.ts";
import { placeOf } from "../location.ts";
import { type Api, mount } from "../mount.ts";
import { openApiText } from "../docs/openapi.ts";

/** Whether the directory's tables were found. Each health check looks until they were, because a program that waits for health then signs up. */
let isFounded = false;

export function serveOperations(api: Api): void {
  mount(api, declared.discovery, ({ env, request }) =>
    answer(
      done({
        name: "Parley",
        protocols,
        transports: ["websocket", "long-poll", "poll"],
        heartbeat,
        limits: { ...limits, ...searchLimits, ...uploadLimits, ...reportLimits, uploadBytesPerDay: uploadQuotaOf(env) },
        location: placeOf(request),
        push: { vapidPublicKey: env.VAPID_PUBLIC_KEY || null },
      }),
    ),
  );

  mount(api, declared.healthz, async ({ env }) => {
    if (!isFounded) {
      const directory = await new Directory(env).isThere();
      if (!directory.ok) return answerProblem(directory.refusal);
      isFounded = true;
    }
    return answer(done({ ok: true, version: env.VERSION.id || "local" }));
  });

  mount(api, declared.openApi, () => answerJson(openApiText()));

  // Not part of the API: the costs since this isolate began.
  api.get("/v1/cost", ({ env }) =>
    env.PARLEY_COST_METER === "on" ? answer(done(cost)) : answerProblem(notFound.refusal),
  );
}
