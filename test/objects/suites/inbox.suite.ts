import { gather } from "../../rig/objects/gathered/gather.ts";

gather(import.meta.glob(["../user/inbox/**/*.test.ts", "../user/*.test.ts"]));
