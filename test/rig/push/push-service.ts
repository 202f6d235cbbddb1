/**
 * A push service and the browsers behind it, on loopback: it checks each request as RFC 8030, 8188, 8291 and 8292 say, decrypts it as a browser does, and
 * answers as a test tells it.
 */
import { createECDH, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pushPayload, type PushPayload } from "../../../schema/wire/push.ts";
import { decryptPush, type Receiver } from "./aes128gcm.ts";
import { checkVapid, type Sender } from "./vapid-check.ts";

/** How a request is answered. `hang`: never. `reset`: the connection breaks. `drip`: the answer's text never ends. */
export type Behaviour =
  | number
  | { status: number; headers?: Record<string, string>; text?: string }
  | "hang"
  | "reset"
  | "drip";

export type Received = {
  /** The name of the subscription. */
  to: string;
  payload: PushPayload;
  ttl: number;
  urgency: string;
  topic: string | undefined;
  sender: Sender;
  at: number;
  bytes: number;
  answered: Behaviour;
};

const bodyBytesMax = 4_096;

/** A browser's subscription. `applicationServerKey`: the only server that may send to it. */
export class Subscription {
  readonly name: string;
  readonly endpoint: string;
  readonly receiver: Receiver;
  readonly applicationServerKey: string | undefined;
  /** The answers to the next requests; after them `otherwise`. */
  readonly plan: Behaviour[] = [];
  otherwise: Behaviour = 201;

  constructor(origin: string, name: string, applicationServerKey: string | undefined) {
    const ecdh = createECDH("prime256v1");
    const publicKey = ecdh.generateKeys();
    this.receiver = { publicKey, privateKey: ecdh.getPrivateKey(), auth: randomBytes(16) };
    this.name = name;
    this.endpoint = `${origin}/push/${name}`;
    this.applicationServerKey = applicationServerKey;
  }

  get keys(): { p256dh: string; auth: string } {
    const { publicKey, auth } = this.receiver;
    return { p256dh: publicKey.toString("base64url"), auth: auth.toString("base64url") };
  }

  /** As a browser gives it, and as `PUT /v1/push/subscription` takes it. */
  toJSON(): { endpoint: string; keys: { p256dh: string; auth: string } } {
    return { endpoint: this.endpoint, keys: this.keys };
  }
}

export class PushService {
  /** All requests that were well formed, in the order in which they came. */
  readonly received: Received[] = [];
  /** The statuses by which requests were refused because of their form or their sender. */
  readonly refused: number[] = [];
  /** What was wrong with requests. Tests expect none. */
  readonly faults: string[] = [];
  /** Called when a request has come and is not answered yet. */
  onRequest: ((received: Received) => Promise<void> | void) | undefined;
  readonly #server: Server;
  readonly #subscriptions = new Map<string, Subscription>();
  #made = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<PushService> {
    const server = createServer();
    const service = new PushService(server);
    server.on("request", (request, response) => void service.#serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  /** As PUSH_HOSTS names it. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  subscribe(applicationServerKey?: string, name = `browser-${++this.#made}`): Subscription {
    const subscription = new Subscription(this.origin, name, applicationServerKey);
    this.#subscriptions.set(name, subscription);
    return subscription;
  }

  /** What a browser has received and would show: each tag once, in the order of their first coming. */
  shownAt({ name }: Subscription): PushPayload[] {
    const shown = new Map<string, PushPayload>();
    for (const { to, payload, answered } of this.received) {
      if (to !== name || !isTaken(answered)) continue;
      const tag = `${payload.userId} ${payload.conversationId} ${payload.seq}`;
      if (!shown.has(tag)) shown.set(tag, payload);
    }
    return [...shown.values()];
  }

  requestsTo({ name }: Subscription): Received[] {
    return this.received.filter(({ to }) => to === name);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part);
    } catch {
      // The sender was killed while it sent.
      return;
    }
    const body = Buffer.concat(parts);
    const name = request.url?.replace("/push/", "") ?? "";
    const subscription = this.#subscriptions.get(name);
    if (subscription === undefined) return void response.writeHead(404).end();
    const read = this.#read(subscription, request, body);
    if (typeof read === "number") {
      this.refused.push(read);
      return void response.writeHead(read).end();
    }
    const answered = subscription.plan.shift() ?? subscription.otherwise;
    const received = { ...read, answered };
    this.received.push(received);
    await this.onRequest?.(received);
    answer(response, answered);
  }

  /** The push, or the status with which a service refuses it. */
  #read(
    subscription: Subscription,
    { method, headers }: IncomingMessage,
    body: Buffer,
  ): Omit<Received, "answered"> | number {
    if (body.byteLength > bodyBytesMax) return 413;
    try {
      const sender = checkVapid(headers.authorization, this.origin);
      const { applicationServerKey } = subscription;
      if (applicationServerKey !== undefined && sender.publicKey !== applicationServerKey) return 403;
      const { ttl, urgency, topic } = headers;
      if (method !== "POST") throw new Error("a push is a POST");
      if (headers["content-encoding"] !== "aes128gcm") throw new Error("the body is not aes128gcm");
      if (typeof ttl !== "string" || !/^[0-9]+$/.test(ttl)) throw new Error("TTL is missing");
      if (typeof urgency !== "string" || !/^(very-low|low|normal|high)$/.test(urgency))
        throw new Error("Urgency is unknown");
      if (topic !== undefined && (typeof topic !== "string" || !/^[\w-]{1,32}$/.test(topic)))
        throw new Error("Topic is not valid");
      const payload = pushPayload.parse(JSON.parse(decryptPush(body, subscription.receiver).toString()));
      const { name: to } = subscription;
      return { to, payload, ttl: Number(ttl), urgency, topic, sender, at: Date.now(), bytes: body.byteLength };
    } catch (error) {
      this.faults.push(error instanceof Error ? error.message : String(error));
      return 400;
    }
  }
}

function answer(response: ServerResponse, behaviour: Behaviour): void {
  switch (behaviour) {
    case "hang":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "drip": {
      response.writeHead(503);
      const timer = setInterval(() => response.write("secret of the push service "), 5);
      response.on("close", () => clearInterval(timer));
      return;
    }
    default: {
      const { status, headers = {}, text = "" } = typeof behaviour === "number" ? { status: behaviour } : behaviour;
      response.writeHead(status, headers).end(text);
    }
  }
}

function isTaken(answered: Behaviour): boolean {
  const status = typeof answered === "object" ? answered.status : answered;
  return typeof status === "number" && status >= 200 && status < 300;
}
