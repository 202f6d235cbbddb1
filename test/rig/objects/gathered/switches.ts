/** Owns undoing what tests change of the modules that they share. */
import { vi } from "vitest";
import { archiveMarks } from "../../../../objects/conversation/sealing/marks.ts";
import { largeMarks } from "../../../../objects/conversation/large/marks.ts";
import { relayMarks } from "../../../../objects/conversation/relays/marks.ts";
import { faultPoints } from "../../../../objects/shared/archive/fault-points.ts";
import { limitRatesForTest } from "../../../../objects/shared/meters/rate-limits.ts";
import { boundStorage } from "../../../../objects/shared/meters/storage-room.ts";
import { now, windClock } from "../../../../objects/shared/platform/clock.ts";
import { hinting } from "../../../../objects/user/push/hints.ts";
import { forgetDeliveries } from "../under-way/deliveries.ts";
import { setSwitches } from "./beginning.ts";

const switches = [archiveMarks, largeMarks, relayMarks, hinting].map((of) => ({ of, before: { ...of } }));

/** After a file, before the next one in the same runtime. */
export function restoreSwitches(): void {
  for (const { of, before } of switches) Object.assign(of, before);
  setSwitches();
  faultPoints.reach = undefined;
  limitRatesForTest(undefined);
  boundStorage();
  forgetDeliveries();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  windClock(Date.now() - now());
}
