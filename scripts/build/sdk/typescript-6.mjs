// TypeDoc asks for `typescript`, and can work with none later than 6; the project's own is 7.
import { registerHooks } from "node:module";

registerHooks({ resolve: (name, context, next) => next(name === "typescript" ? "typescript-6" : name, context) });
