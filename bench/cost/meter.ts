/** Owns reading the server's meter (`GET /v1/cost`), and its cost at the published prices. */
import type { Cost } from "../../objects/shared/platform/meter.ts";
import { framesPerRequest, gigabytesPerObject, prices } from "./prices.ts";

export async function readCost({ port }: { readonly port: number }): Promise<Cost> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/cost`);
  if (!answer.ok) throw new Error(`GET /v1/cost: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
  const cost: Cost = JSON.parse(await answer.text());
  return cost;
}

/** A cost whose parts are computed by their names. */
export function costBy(part: (name: keyof Cost) => number): Cost {
  return {
    rowsRead: part("rowsRead"),
    rowsWritten: part("rowsWritten"),
    alarmsSet: part("alarmsSet"),
    alarmsRun: part("alarmsRun"),
    objectCalls: part("objectCalls"),
    socketFramesIn: part("socketFramesIn"),
    socketFramesOut: part("socketFramesOut"),
    queueOperations: part("queueOperations"),
    bucketReads: part("bucketReads"),
    bucketWrites: part("bucketWrites"),
    awakeMs: part("awakeMs"),
  };
}

export function objectRequestsOf(spent: Cost): number {
  return spent.objectCalls + spent.alarmsRun + spent.socketFramesIn / framesPerRequest;
}

/** The gigabyte-seconds that are billed for the time in which objects are kept awake. */
export function gigabyteSecondsOf(spent: Cost): number {
  return (spent.awakeMs / 1_000) * gigabytesPerObject;
}

/** The price, in US dollars, of a million times this cost. */
export function dollarsPerMillionOf(spent: Cost): number {
  return (
    spent.rowsRead * prices.rowsRead.dollarsPerMillion +
    spent.rowsWritten * prices.rowsWritten.dollarsPerMillion +
    objectRequestsOf(spent) * prices.objectRequests.dollarsPerMillion +
    spent.queueOperations * prices.queueOperations.dollarsPerMillion +
    spent.bucketReads * prices.bucketReads.dollarsPerMillion +
    spent.bucketWrites * prices.bucketWrites.dollarsPerMillion +
    gigabyteSecondsOf(spent) * prices.objectGigabyteSeconds.dollarsPerMillion
  );
}
