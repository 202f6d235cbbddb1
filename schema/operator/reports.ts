/** The operator's door for reports. */
import { z } from "zod";
import { reportHolds } from "../bounds/reports.ts";

const reportIds = z.array(z.string().min(1).max(100)).min(1).max(reportHolds.pageMax);

export const reportCall = z.discriminatedUnion("do", [
  /** The newest first. */
  z.object({
    do: z.literal("list"),
    state: z.enum(["open", "resolved", "all"]).default("open"),
    cursor: z.string().max(200).optional(),
    limit: z.int().min(1).max(reportHolds.pageMax).default(reportHolds.pageMax),
  }),
  z.object({ do: z.literal("show"), ids: reportIds }),
  /** Nobody is told. `note`: for the operator. */
  z.object({ do: z.literal("resolve"), ids: reportIds, note: z.string().max(1_000).default("") }),
  z.object({ do: z.literal("reopen"), ids: reportIds }),
]);
export type ReportCall = z.input<typeof reportCall>;
