import { gather } from "../../rig/objects/gathered/gather.ts";

gather(import.meta.glob("../user/account/**/*.test.ts"));
