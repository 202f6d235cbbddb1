/**
 * Owns the people of the bench on a Parley server: a hundred accounts in fifty direct chats, one group, and one long conversation.
 * A sign-up costs a third of a second of key derivation, so they are made once and kept with the server's state.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { LoadSocket } from "./load/socket.ts";

export const pairs = 50;
export const groupSize = 2 * pairs;
export const historyMessages = 10_000;

/** An access token must live this much longer when a scenario begins. */
const tokenSpareMs = 180_000;
const answerMaxMs = 30_000;
const password = "a bench has no secrets";

interface Kept {
  readonly users: KeptUser[];
  dms: string[];
  group: string;
  history: string;
}

interface KeptUser {
  readonly id: string;
  refreshToken: string;
  accessToken: string;
  accessTokenExpiresAt: number;
}

interface SessionAnswer {
  readonly user: { readonly id: string };
  readonly accessToken: string;
  readonly accessTokenExpiresAt: number;
  readonly refreshToken: string;
}

export class People {
  readonly #port: number;
  readonly #file: string;
  #kept: Kept = { users: [], dms: [], group: "", history: "" };

  constructor(port: number, file: string) {
    this.#port = port;
    this.#file = file;
    if (existsSync(file)) this.#kept = JSON.parse(readFileSync(file, "utf8"));
  }

  /** Makes the accounts, chats and messages that are missing. `say` receives a line for each step that takes long. */
  async gather(say: (what: string) => void): Promise<void> {
    if (this.#kept.users.length < groupSize) say(`signing up ${groupSize - this.#kept.users.length} people …`);
    while (this.#kept.users.length < groupSize) await this.#signUp(this.#kept.users.length);
    await this.freshen();
    const { users } = this.#kept;
    for (let pair = this.#kept.dms.length; pair < pairs; pair++) {
      this.#kept.dms.push(await this.#conversation(2 * pair, "PUT", `/v1/dms/${users[2 * pair + 1]?.id}`));
    }
    if (this.#kept.group === "") {
      this.#kept.group = await this.#conversation(0, "POST", "/v1/conversations", {
        title: "Everybody",
        memberIds: users.slice(1).map((user) => user.id),
        clientId: "bench-group",
      });
    }
    if (this.#kept.history === "") {
      this.#kept.history = await this.#conversation(0, "POST", "/v1/conversations", {
        title: "Long ago",
        memberIds: [users[1]?.id],
        clientId: "bench-history",
      });
    }
    this.#keep();
    await this.#fillHistory(say);
  }

  /** Renews access tokens that would not last through a scenario. */
  async freshen(): Promise<void> {
    for (const user of this.#kept.users) {
      if (user.accessTokenExpiresAt - Date.now() > tokenSpareMs) continue;
      const session = await this.#call<SessionAnswer>(undefined, "POST", "/v1/sessions/refresh", {
        refreshToken: user.refreshToken,
      });
      Object.assign(user, tokensOf(session));
      this.#keep();
    }
  }

  headers(user: number): Record<string, string> {
    return { Authorization: `Bearer ${this.#kept.users[user]?.accessToken}` };
  }

  userId(user: number): string {
    return this.#kept.users[user]?.id ?? "";
  }

  /** Makes everybody's presence visible to all again. A run that was cut off may have left it hidden. */
  async beSeen(): Promise<void> {
    for (const user of this.#kept.users.keys()) {
      await this.#call(user, "PATCH", "/v1/me", { settings: { presence: "everyone" } });
    }
  }

  dm(pair: number): string {
    return this.#kept.dms[pair] ?? "";
  }

  get group(): string {
    return this.#kept.group;
  }

  get history(): string {
    return this.#kept.history;
  }

  /** Deletes the stored people, because the server's state is gone. */
  static forget(file: string): void {
    rmSync(file, { force: true });
  }

  async #signUp(index: number): Promise<void> {
    const handle = `bench${String(index).padStart(3, "0")}`;
    const session = await this.#call<SessionAnswer>(undefined, "POST", "/v1/accounts", {
      handle,
      password,
      name: `Bench ${index}`,
      device: { name: "Bench", platform: "node" },
    });
    this.#kept.users.push({ id: session.user.id, ...tokensOf(session) });
    this.#keep();
  }

  async #conversation(user: number, method: string, path: string, body?: unknown): Promise<string> {
    const { id } = await this.#call<{ id: string }>(user, method, path, body);
    return id;
  }

  async #fillHistory(say: (what: string) => void): Promise<void> {
    const { head } = await this.#call<{ head: { seq: number } }>(0, "GET", `/v1/conversations/${this.history}`);
    if (head.seq >= historyMessages) return;
    say(`writing ${historyMessages - head.seq} messages …`);
    const socket = await LoadSocket.open(this.#port, `/v1/conversations/${this.history}/live`, {
      ...this.headers(0),
      "Sec-WebSocket-Protocol": "parley.v1",
    });
    try {
      for (let seq = head.seq + 1; seq <= historyMessages;) {
        const batch = Array.from({ length: Math.min(100, historyMessages - seq + 1) }, (_, index) => seq + index);
        await answered(socket, batch);
        seq += batch.length;
      }
    } finally {
      socket.close();
    }
  }

  async #call<T>(user: number | undefined, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method,
      headers: {
        ...(user === undefined ? {} : this.headers(user)),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerMaxMs),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
    const json: T = JSON.parse(text);
    return json;
  }

  #keep(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify(this.#kept));
  }
}

function tokensOf({ accessToken, accessTokenExpiresAt, refreshToken }: SessionAnswer): Omit<KeptUser, "id"> {
  return { accessToken, accessTokenExpiresAt, refreshToken };
}

/** Sends a batch as one array frame and waits for every answer. */
function answered(socket: LoadSocket, seqs: readonly number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = seqs.length;
    const timer = setTimeout(() => reject(new Error(`${left} answers are missing`)), answerMaxMs);
    socket.onClose = (reason) => reject(new Error(reason));
    socket.begin((text) => {
      if (text.includes('"type":"error"')) reject(new Error(text.slice(0, 500)));
      left -= text.split('"ref":"').length - 1;
      if (left > 0) return;
      clearTimeout(timer);
      resolve();
    });
    const frames = seqs.map((seq) => ({
      type: "send",
      ref: `h${seq}`,
      clientId: `h${seq}`,
      text: `Message ${seq} of a long conversation, of the usual length.`,
    }));
    socket.send(JSON.stringify(frames));
  });
}
