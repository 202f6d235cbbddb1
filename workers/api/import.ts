/** Serves the operator's door for history from elsewhere. */
import { isMinted } from "../../objects/shared/identity/mint.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { notFound, type Outcome, refuse } from "../../schema/errors.ts";
import { importBatch, type ImportBatch } from "../../schema/operator/import.ts";
import { batches } from "../../schema/limits.ts";
import { importConversation, importHistory, openImported } from "../import/import-conversations.ts";
import { importPeople } from "../import/import-people.ts";
import type { Api } from "../mount.ts";
import { serveOperator } from "../operator/operator.ts";

const tooMany = refuse("unavailable", "so many calls of imports are served already", 1_000);
let underWay = 0;

export function serveImport(api: Api): void {
  serveOperator(api, "/v1/operator/import", importBatch, async (env, batch) => {
    if (underWay >= batches.importCallsAtOnce) return tooMany;
    underWay++;
    try {
      return await take(env, batch);
    } finally {
      underWay--;
    }
  });
}

async function take(env: Env, batch: ImportBatch): Promise<Outcome<unknown>> {
  switch (batch.do) {
    case "people":
      return await importPeople(env, batch.source, batch.people);
    case "conversation":
      return await importConversation(env, batch);
    case "history":
      return isMinted(env.ID_SECRET, batch.conversationId, "conversation") ? await importHistory(env, batch) : notFound;
    case "open":
      return isMinted(env.ID_SECRET, batch.conversationId, "conversation")
        ? await openImported(env, batch.conversationId)
        : notFound;
  }
}
