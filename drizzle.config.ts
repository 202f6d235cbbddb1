import { defineConfig } from "drizzle-kit";

/** `npm run migration -- --name what_changes` writes the next migration of the directory's tables. */
export default defineConfig({
  dialect: "sqlite",
  schema: "./schema/tables/directory.ts",
  out: "./schema/tables/migrations",
});
