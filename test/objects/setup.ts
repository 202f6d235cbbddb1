/** Before each file of tests in workerd. */
import { migrate, setSwitches } from "../rig/objects/gathered/beginning.ts";

setSwitches();
await migrate();
