import { gather } from "../../rig/objects/gathered/gather.ts";

gather(
  import.meta.glob([
    "../conversation/{attachments,history,membership,messages}/**/*.test.ts",
    "../conversation/*.test.ts",
  ]),
);
