import { gather } from "../../rig/objects/gathered/gather.ts";

gather(import.meta.glob("../conversation/{fan-out,live,meters,relays}/**/*.test.ts"));
