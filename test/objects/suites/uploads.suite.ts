import { gather } from "../../rig/objects/gathered/gather.ts";

gather(
  import.meta.glob([
    "../{push,uploads}/**/*.test.ts",
    "../shared/{alarms,directory-map,link-previews,placement,reports,storage-room}.test.ts",
    "../user/{push,security,sockets}/**/*.test.ts",
    "../*.test.ts",
  ]),
);
