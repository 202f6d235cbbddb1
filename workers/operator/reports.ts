/** Serves the operator's door for reports: list, show, resolve, reopen. */
import { badCursor, listPage, numberedPlaceOf } from "../../objects/shared/list-pages.ts";
import { Reports } from "../../objects/shared/reports/reports.ts";
import { done } from "../../schema/errors.ts";
import { reportCall } from "../../schema/operator/reports.ts";
import type { Api } from "../mount.ts";
import { serveOperator } from "./operator.ts";

export function serveReportsOperator(api: Api): void {
  serveOperator(api, "/v1/operator/reports", reportCall, async (env, asked) => {
    const reports = new Reports(env);
    switch (asked.do) {
      case "list": {
        const after = numberedPlaceOf(asked.cursor, { by: Number.MAX_SAFE_INTEGER, id: "" });
        if (after === null) return badCursor;
        const found = await reports.list(asked.state, after, asked.limit + 1);
        const page = listPage(found, asked.limit, ({ at, id }) => ({ by: at, id }));
        return done({ reports: page.rows, cursor: page.cursor });
      }
      case "show":
        return done({ reports: await reports.find(asked.ids) });
      case "resolve":
        return done({ resolved: await reports.setResolved(asked.ids, asked.note) });
      case "reopen":
        return done({ reopened: await reports.setResolved(asked.ids, null) });
    }
  });
}
