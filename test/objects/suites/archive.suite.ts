import { gather } from "../../rig/objects/gathered/gather.ts";

gather(import.meta.glob("../conversation/archive/**/*.test.ts"));
