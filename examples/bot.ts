/** Owns what every bot here begins with: a storage in a file, and the account in it, or a sign-in, or a sign-up. */
import { createParley, ParleyError, type Account } from "../client/index.ts";
import { sqliteStorage, type SqliteStorage } from "../client/storage/storage-sqlite.ts";

/** PARLEY_URL, BOT_HANDLE, BOT_PASSWORD and BOT_FILE say where and who. With the same file the bot is the same device, and goes on where it was. */
export async function startBot(name: string): Promise<{ bot: Account; storage: SqliteStorage }> {
  const { PARLEY_URL = "http://localhost:8787", BOT_PASSWORD = "say it all again", BOT_HANDLE, BOT_FILE } = process.env;
  const credentials = { handle: BOT_HANDLE ?? name.toLowerCase(), password: BOT_PASSWORD };
  const storage = sqliteStorage(BOT_FILE ?? `${credentials.handle}.db`);
  const parley = createParley({
    baseUrl: PARLEY_URL,
    storage,
    device: { name, platform: "bot" },
    log: (entry) => console.log(JSON.stringify(entry)),
  });
  await parley.ready;
  const bot =
    parley.accounts.getSnapshot()[0] ??
    (await parley.signIn(credentials).catch((error: unknown) => {
      if (error instanceof ParleyError && error.code === "unauthenticated")
        return parley.signUp({ ...credentials, name });
      if (error instanceof ParleyError && error.status === 0) {
        console.error(`Nothing answers at ${PARLEY_URL}. Does \`npm start\` run?`);
        process.exit(1);
      }
      throw error;
    }));
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => {
      parley.close();
      storage.close();
      process.exit(0);
    });
  return { bot, storage };
}
