import { gather } from "../../rig/objects/gathered/gather.ts";

// These fake the platform's clock, by which modules remember when they last waited: what came after them in the same runtime would wait until then.
gather(import.meta.glob("../shared/{slices,timers,turn}.test.ts"));
