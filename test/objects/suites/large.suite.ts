import { gather } from "../../rig/objects/gathered/gather.ts";

gather(import.meta.glob("../conversation/large/**/*.test.ts"));
