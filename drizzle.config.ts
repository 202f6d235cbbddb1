import { defineConfig } from "drizzle-kit";

/** `npm run migration -- --name what_changes` writes the next migration of the tables in D1. */
export default defineConfig({
  dialect: "sqlite",
  schema: ["./schema/tables/directory.ts", "./schema/tables/dead-letters.ts", "./schema/tables/reports.ts"],
  out: "./schema/tables/migrations",
});
