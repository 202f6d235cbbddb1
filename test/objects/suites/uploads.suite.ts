import { gather } from "../../rig/objects/gathered/gather.ts";

gather(
  import.meta.glob([
    "../{push,shared,uploads}/**/*.test.ts",
    "../user/{push,security,sockets}/**/*.test.ts",
    "../*.test.ts",
  ]),
);
