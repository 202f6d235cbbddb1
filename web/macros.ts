/** Owns the step of the build that turns Lingui's macros into calls of its run time. Used by the app's build and by the tests. */
import type { Plugin } from "vite";

/**
 * Only files that import a macro are touched, and Babel is loaded when the first of them comes: most runs of the tests meet none.
 * TypeScript and JSX are left as they are; Vite's own steps come after this one.
 */
export function linguiMacros(): Plugin {
  let isProduction = false;
  return {
    name: "parley-lingui-macros",
    enforce: "pre",
    configResolved(config) {
      isProduction = config.isProduction;
    },
    transform: {
      filter: { id: /\.tsx?$/, code: /from "@lingui\/(?:core|react)\/macro"/ },
      async handler(code, id) {
        const [{ transformAsync }, { default: lingui }, { default: linguiConfig }, { makeConfig }] = await Promise.all([
          import("@babel/core"),
          import("@lingui/babel-plugin-lingui-macro"),
          import("./lingui.config.ts"),
          import("@lingui/conf"),
        ]);
        const result = await transformAsync(code, {
          filename: id,
          configFile: false,
          babelrc: false,
          sourceMaps: true,
          parserOpts: { plugins: id.endsWith("x") ? ["typescript", "jsx"] : ["typescript"] },
          plugins: [
            // In what is shipped, the texts are in the catalogs alone.
            [lingui, { linguiConfig: makeConfig(linguiConfig), descriptorFields: isProduction ? "id-only" : "all" }],
          ],
        });
        if (result?.code == null) throw new Error(`Babel made nothing of ${id}`);
        return { code: result.code, map: result.map ?? null };
      },
    },
  };
}
