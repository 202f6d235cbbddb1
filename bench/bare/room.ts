/** One bare object: every frame becomes a row and goes to all sockets. It measures what the platform can do with live sockets. */
import { DurableObject } from "cloudflare:workers";

const table = "CREATE TABLE IF NOT EXISTS frames (seq INTEGER PRIMARY KEY, frame TEXT NOT NULL)";
const insert = "INSERT INTO frames (frame) VALUES (?)";

/** One insert and one broadcast for each frame. */
export class Room extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(table);
  }

  override fetch(): Response {
    return acceptSocket(this.ctx);
  }

  override webSocketMessage(_socket: WebSocket, frame: string): void {
    this.ctx.storage.sql.exec(insert, frame);
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
  }
}

/** Group commit: the frames that arrive in one turn share a transaction, and one array frame goes to each socket. */
export class GroupCommitRoom extends DurableObject<unknown> {
  #queued: string[] = [];

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(table);
  }

  override fetch(): Response {
    return acceptSocket(this.ctx);
  }

  override webSocketMessage(_socket: WebSocket, frame: string): void {
    if (this.#queued.push(frame) === 1) setTimeout(() => this.#drain(), 0);
  }

  #drain(): void {
    const frames = this.#queued;
    this.#queued = [];
    this.ctx.storage.transactionSync(() => {
      for (const frame of frames) this.ctx.storage.sql.exec(insert, frame);
    });
    const text = asOneFrame(frames);
    for (const socket of this.ctx.getWebSockets()) socket.send(text);
  }
}

export function acceptSocket(ctx: DurableObjectState): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  ctx.acceptWebSocket(server);
  return new Response(null, { status: 101, webSocket: client });
}

export function asOneFrame(frames: readonly string[]): string {
  return frames.length === 1 ? (frames[0] ?? "") : `[${frames.join(",")}]`;
}
