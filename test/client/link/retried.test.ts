import { expect, it } from "vitest";
import { ParleyError } from "../../../client/index.ts";
import { Http } from "../../../client/link/http.ts";
import { retriedEnd } from "../../../client/link/retried.ts";
import { discovery } from "../../../schema/http/operations.ts";
import { WoundClock } from "../../rig/wound-clock.ts";

const lost = new ParleyError({ code: "unavailable", detail: "no answer", retry: "later", status: 0 });
const gone = new ParleyError({ code: "not_found", detail: "no such thing" });
const forbidden = new ParleyError({ code: "forbidden", detail: "not you" });

/** A call that answers so, one after the other. */
function answers(...given: (ParleyError | "done")[]): { call: () => Promise<void>; left: () => number } {
  return {
    call: async () => {
      const next = given.shift();
      if (next instanceof ParleyError) throw next;
    },
    left: () => given.length,
  };
}

it("takes what a repeat does not find for ended: the first did it, and its answer was lost", async () => {
  const { call, left } = answers(lost, gone);
  await retriedEnd(call);
  expect(left()).toBe(0);
});

it("says what the first call was refused for, and any other refusal of the repeat", async () => {
  await expect(retriedEnd(answers(gone).call)).rejects.toBe(gone);
  await expect(retriedEnd(answers(lost, forbidden).call)).rejects.toBe(forbidden);
  await expect(retriedEnd(answers(lost, lost).call)).rejects.toBe(lost);
});

it("a call without an answer says why, by the platform's own error", async () => {
  const refused = new TypeError("fetch failed");
  const http = new Http("http://server", () => Promise.reject(refused), new WoundClock());
  const call = http.call(discovery, {});
  await expect(call).rejects.toMatchObject({ code: "unavailable", status: 0, cause: refused });
});
