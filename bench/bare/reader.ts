/** One bare object that answers the last 50 of its rows as JSON over HTTP. It measures what the platform can do with a page of history. */
import { DurableObject } from "cloudflare:workers";

const columns =
  "seq INTEGER PRIMARY KEY, sender TEXT NOT NULL, client_id TEXT NOT NULL, text TEXT NOT NULL, sent_at INTEGER NOT NULL, hash TEXT NOT NULL";

export class Reader extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(`CREATE TABLE IF NOT EXISTS messages (${columns})`);
  }

  /** `PUT` fills the table up to that many rows, `GET` answers the newest 50. */
  override fetch(request: Request): Response {
    const { sql } = this.ctx.storage;
    if (request.method === "PUT") {
      const rows = Number(new URL(request.url).searchParams.get("rows"));
      sql.exec(
        `INSERT OR IGNORE INTO messages
         WITH RECURSIVE n (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < ?)
         SELECT seq, 'u_' || hex(randomblob(15)), 'c' || seq, 'Message ' || seq || ' of a long conversation, of the usual length.', 1700000000000 + seq, hex(randomblob(32)) FROM n`,
        rows,
      );
      return new Response(null, { status: 204 });
    }
    const newest = sql.exec("SELECT * FROM messages ORDER BY seq DESC LIMIT 50").toArray();
    return Response.json({ messages: newest.reverse() });
  }
}
