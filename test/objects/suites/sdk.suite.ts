import { gather } from "../../rig/objects/gathered/gather.ts";

gather(import.meta.glob("../{sdk,search,transfer}/**/*.test.ts"));
