/**
 * A stand-in for Firebase on loopback, by what Google publishes: the token endpoint (RFC 7523), `messages:send` of HTTP v1, and the errors of both in
 * their published form.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, verify } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type FcmMessage = {
  token: string;
  data: Record<string, string>;
  android: { priority: string; ttl: string };
  apns: { headers: Record<string, string>; payload: { aps: Record<string, unknown> } };
};

type Fault = { status: number; body: object; headers?: Record<string, string> };

const dataBytesMax = 4_096;

/** Published errors. */
export const fcmFaults = {
  unregistered: fcmFault(404, "NOT_FOUND", "UNREGISTERED"),
  senderMismatch: fcmFault(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
  badToken: fcmFault(
    400,
    "INVALID_ARGUMENT",
    "INVALID_ARGUMENT",
    "The registration token is not a valid FCM registration token",
  ),
  badData: {
    status: 400,
    body: {
      error: {
        code: 400,
        status: "INVALID_ARGUMENT",
        message: "Invalid value at 'message.data[0].value'",
        details: [
          {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            fieldViolations: [{ field: "message.data[0].value", description: "Invalid value" }],
          },
        ],
      },
    },
  },
  tooBig: fcmFault(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "Android message is too big"),
  quota: fcmFault(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
  unavailable: fcmFault(503, "UNAVAILABLE", "UNAVAILABLE"),
  internal: fcmFault(500, "INTERNAL", "INTERNAL"),
  noProject: { status: 404, body: { error: { code: 404, status: "NOT_FOUND", message: "no such project" } } },
} satisfies Record<string, Fault>;

function fcmFault(status: number, name: string, errorCode: string, message = "a message of FCM"): Fault {
  const type = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
  const details = [{ "@type": type, errorCode }];
  return { status, body: { error: { code: status, status: name, message, details } } };
}

export class FcmService {
  readonly received: FcmMessage[] = [];
  readonly faults: string[] = [];
  /** The answers to the next messages. */
  readonly plan: Fault[] = [];
  /** How many access tokens were given out. */
  tokensGiven = 0;
  tokenSeconds = 3_600;
  readonly #server: Server;
  readonly #publicKey: KeyObject;
  readonly #privateKey: string;
  readonly #tokens = new Set<string>();

  private constructor(server: Server) {
    this.#server = server;
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    this.#publicKey = publicKey;
    this.#privateKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  }

  static async start(): Promise<FcmService> {
    const server = createServer();
    const service = new FcmService(server);
    server.on("request", (request, response) => void service.#serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The file that Firebase's console would give out. */
  get serviceAccount(): string {
    return JSON.stringify({
      type: "service_account",
      project_id: "parley-test",
      private_key_id: "1",
      private_key: this.#privateKey,
      client_email: "push@parley-test.iam.gserviceaccount.com",
      token_uri: "https://oauth2.googleapis.com/token",
    });
  }

  /** No access token that was given out is valid any more. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const text = Buffer.concat(parts).toString();
    const { status, body, headers = {} } = this.#answer(request, text);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  }

  #answer({ url, headers }: IncomingMessage, text: string): Fault {
    if (url === "/token") return this.#giveToken(text);
    if (url !== "/v1/projects/parley-test/messages:send") return fcmFaults.noProject;
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
    if (!this.#tokens.has(token))
      return { status: 401, body: { error: { code: 401, status: "UNAUTHENTICATED", message: "no credentials" } } };
    const planned = this.plan.shift();
    if (planned !== undefined) return planned;
    const { message }: { message: FcmMessage } = JSON.parse(text);
    const data = Object.entries(message.data);
    if (data.some(([, value]) => typeof value !== "string")) this.faults.push("data is not all strings");
    if (data.some(([name]) => /^(from|message_type|google|gcm)/.test(name))) this.faults.push("a name of FCM's own");
    const bytes = Buffer.byteLength(data.flat().join("")) + Buffer.byteLength(JSON.stringify(message.apns.payload));
    if (bytes > dataBytesMax) return fcmFaults.tooBig;
    this.received.push(message);
    return { status: 200, body: { name: `projects/parley-test/messages/${this.received.length}` } };
  }

  #giveToken(text: string): Fault {
    const form = new URLSearchParams(text);
    const [head = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    const isSigned = verify(
      "sha256",
      Buffer.from(`${head}.${claims}`),
      this.#publicKey,
      Buffer.from(signature, "base64url"),
    );
    const said: Record<string, unknown> = isSigned ? JSON.parse(Buffer.from(claims, "base64url").toString()) : {};
    const isGood =
      form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
      said["iss"] === "push@parley-test.iam.gserviceaccount.com" &&
      said["scope"] === "https://www.googleapis.com/auth/firebase.messaging" &&
      said["aud"] === "https://oauth2.googleapis.com/token" &&
      Number(said["exp"]) - Number(said["iat"]) <= 3_600;
    if (!isGood) {
      this.faults.push("a bad assertion");
      return { status: 400, body: { error: "invalid_grant", error_description: "Invalid JWT" } };
    }
    const token = `ya29.${randomBytes(12).toString("base64url")}`;
    this.#tokens.add(token);
    this.tokensGiven++;
    return { status: 200, body: { access_token: token, expires_in: this.tokenSeconds, token_type: "Bearer" } };
  }
}
