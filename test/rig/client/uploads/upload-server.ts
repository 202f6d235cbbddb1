/**
 * A server as far as attachments need one: uploads in parts, messages that carry them, addresses. Parts are four bytes, so that a file of some letters has
 * several. A test can cut any request, or lose its answer.
 */
import { createHash } from "node:crypto";
import type { Attachment, Fetch, Message } from "../../../../client/index.ts";
import { attachmentId, clientId as clientIdForm } from "../../../../schema/ids.ts";
import { FakeServer, refused, type Answer, type Asked } from "../fake-fetch.ts";
import { ConversationModel, modelConversation } from "../conversation/conversation-model.ts";
import { detailsOf } from "../conversation/conversation-on-screen.ts";
import { answerFrom } from "../conversation/conversation-server.ts";
import type { WoundClock } from "../../wound-clock.ts";

interface Upload {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  readonly parts: Map<number, Uint8Array>;
  attachment: Attachment | undefined;
  isSent: boolean;
}

/** `cut`: the server does not get it. `lost`: its answer does not arrive. `hang`: no answer, until the client gives up. */
export type Fault = "cut" | "lost" | "hang" | Answer | undefined;

export class UploadServer {
  readonly partBytes = 4;
  readonly uploads = new Map<string, Upload>();
  readonly #model = new ConversationModel();
  /** Parts that arrived, in their order, as `upload/n`. */
  readonly arrived: string[] = [];
  readonly #bodies = new Map<string, string>();
  readonly #server: FakeServer;
  readonly #clock: WoundClock;
  #ids = 0;
  /** What happens to a request. */
  fault: (asked: Asked) => Fault = () => undefined;
  isDown = false;
  /** Parts that are under way now, and the most there ever were. */
  underWay = 0;
  underWayMost = 0;

  constructor(clock: WoundClock) {
    this.#clock = clock;
    this.#server = new FakeServer(async (asked) => await this.#answer(asked));
  }

  get messages(): readonly Message[] {
    return [...this.#model.messages.values()];
  }

  get asked(): readonly Asked[] {
    return this.#server.asked;
  }

  /** The calls with this method and end, other than those of other things. */
  calls(method: string, end: RegExp): readonly Asked[] {
    return this.asked.filter((asked) => asked.method === method && end.test(asked.path));
  }

  readonly fetch: Fetch = async (url, init) => {
    const { signal } = init;
    const aborted = new Promise<never>((_resolve, reject) => {
      const abort = () => reject(new TypeError("aborted"));
      if (signal?.aborted === true) abort();
      signal?.addEventListener("abort", abort);
    });
    aborted.catch(() => undefined);
    return await Promise.race([this.#server.fetch(url, init), aborted]);
  };

  /** The server has forgotten an upload, as after a day. */
  expire(id: string): void {
    this.uploads.delete(id);
  }

  async #answer(asked: Asked): Promise<Answer | "silence"> {
    if (this.isDown) return "silence";
    const fault = this.fault(asked);
    if (fault === "cut") return "silence";
    if (fault === "hang") return await new Promise<never>(() => undefined);
    if (typeof fault === "object") return fault;
    const answer = await this.#handled(asked);
    return fault === "lost" ? "silence" : answer;
  }

  async #handled(asked: Asked): Promise<Answer> {
    const { method, path, body, bytes } = asked;
    if (path === "/v1/sessions") return { status: 201, body: this.#session() };
    if (path === "/v1/sessions/current") return { status: 204 };
    if (path === "/v1/attachments/addresses") return this.#addresses({ ...(body as object) });
    const [, upload = "", part] = /^\/v1\/uploads\/([^/]+)(?:\/parts\/(\d+)|\/complete)?$/.exec(path) ?? [];
    if (path === `/v1/conversations/${modelConversation}/uploads` || path === "/v1/me/uploads")
      return this.#begin({ ...(body as object) });
    if (upload !== "") return await this.#ofUpload(method, upload, path, part, body, bytes);
    const here = `/v1/conversations/${modelConversation}`;
    if (path === here) return { status: 200, body: detailsOf(this.#model) };
    if (path === `${here}/messages` && method === "POST") return this.#send({ ...(body as object) });
    if (path.startsWith(`${here}/`))
      return method === "GET" ? answerFrom(this.#model, () => "e1", asked) : { status: 204 };
    return refused("unavailable");
  }

  #begin({ name, type, bytes, from }: Partial<{ name: string; type: string; bytes: number; from: string }>): Answer {
    const id = `${modelConversation}.${++this.#ids}`;
    if (from !== undefined) {
      const source = this.uploads.get(from);
      if (source?.attachment === undefined) return refused("not_found");
      const attachment = { ...source.attachment, id: attachmentId.parse(id) };
      this.uploads.set(id, { ...source, attachment, isSent: false });
      return { status: 201, body: attachment };
    }
    if (name === undefined || type === undefined || bytes === undefined) return refused("bad_request");
    this.uploads.set(id, { name, type, bytes, parts: new Map(), attachment: undefined, isSent: false });
    const { partBytes } = this;
    return { status: 201, body: { uploadId: id, partBytes, parts: Math.ceil(bytes / partBytes), expiresAt: 0 } };
  }

  async #ofUpload(
    method: string,
    id: string,
    path: string,
    part: string | undefined,
    body: unknown,
    bytes: Blob | undefined,
  ): Promise<Answer> {
    const upload = this.uploads.get(id);
    if (upload === undefined) return refused("not_found");
    const count = Math.ceil(upload.bytes / this.partBytes);
    if (path.endsWith("/complete")) return this.#complete(id, upload, count, { ...(body as object) });
    if (method === "DELETE") {
      if (upload.isSent) return refused("conflict");
      this.uploads.delete(id);
      return { status: 204 };
    }
    if (part === undefined) {
      const received = [...upload.parts.keys()].toSorted((a, b) => a - b);
      return { status: 200, body: { received, parts: count, partBytes: this.partBytes } };
    }
    if (upload.attachment !== undefined) return refused("conflict");
    const n = Number(part);
    const size = n === count ? upload.bytes - (count - 1) * this.partBytes : this.partBytes;
    if (bytes === undefined || n > count || bytes.size !== size) return refused("bad_request");
    this.underWay++;
    this.underWayMost = Math.max(this.underWayMost, this.underWay);
    const content = new Uint8Array(await bytes.arrayBuffer());
    await new Promise((resolve) => setImmediate(resolve));
    this.underWay--;
    upload.parts.set(n, content);
    this.arrived.push(`${id}/${n}`);
    return { status: 204 };
  }

  #complete(id: string, upload: Upload, count: number, said: Record<string, unknown>): Answer {
    if (upload.attachment === undefined) {
      if (upload.parts.size < count) return refused("conflict");
      const { preview, ...facts } = said;
      if (typeof preview === "string" && this.uploads.get(preview)?.attachment === undefined)
        return refused("bad_request");
      upload.attachment = {
        id: attachmentId.parse(id),
        kind: upload.type.startsWith("image/") ? "image" : "file",
        name: upload.name,
        type: upload.type,
        bytes: upload.bytes,
        sha256: createHash("sha256").update(bytesOf(upload)).digest("hex"),
        ...{ width: null, height: null, durationMs: null, thumbhash: null, waveform: null },
        ...facts,
        hasPreview: preview !== undefined,
      };
    }
    return { status: 200, body: upload.attachment };
  }

  #send(draft: Record<string, unknown>): Answer {
    const clientId = String(draft["clientId"]);
    const known = this.messages.find((message) => message.clientId === clientId);
    if (known !== undefined) {
      if (this.#bodies.get(clientId) !== JSON.stringify(draft)) return refused("client_id_reused");
      return { status: 200, body: ackOf(known, true) };
    }
    const ids = Array.isArray(draft["attachments"]) ? draft["attachments"].map(String) : [];
    const uploads = ids.map((id) => this.uploads.get(id));
    const attachments = uploads.flatMap((upload) => upload?.attachment ?? []);
    if (attachments.length < ids.length || uploads.some((upload) => upload?.isSent)) return refused("bad_request");
    for (const upload of uploads) if (upload !== undefined) upload.isSent = true;
    const message = this.#model.send(0, typeof draft["text"] === "string" ? draft["text"] : "", {
      clientId: clientIdForm.parse(clientId),
      attachments,
    });
    this.#bodies.set(clientId, JSON.stringify(draft));
    return { status: 201, body: ackOf(message, false) };
  }

  #addresses({ ids = [] }: { ids?: readonly { id: string; variant: string }[] }): Answer {
    const addresses = ids
      .filter(({ id }) => this.uploads.has(id))
      .map((ask) => ({
        ...ask,
        url: `http://server/m/${ask.id}/${ask.variant}?n=${this.calls("POST", /addresses$/).length}`,
        expiresAt: this.#clock.now() + 1_800_000,
      }));
    return { status: 200, body: { addresses } };
  }

  #session() {
    return {
      user: { id: "ana", handle: "ana", name: "Ana", bio: "", avatarUrl: null },
      device: { id: "d1", name: "", platform: "" },
      accessToken: "access",
      accessTokenExpiresAt: this.#clock.now() + 864_000_000,
      refreshToken: "refresh",
    };
  }

  /** The bytes of an attachment of a message, as text. */
  textOf({ id }: { readonly id: string }): string {
    const upload = this.uploads.get(id);
    return upload === undefined ? "" : bytesOf(upload).toString();
  }
}

function bytesOf({ parts }: Upload): Buffer {
  return Buffer.concat([...parts].toSorted(([a], [b]) => a - b).map(([, bytes]) => bytes));
}

function ackOf({ seq, rev, sentAt, hash }: Message, duplicate: boolean) {
  return { conversationId: modelConversation, seq, rev, sentAt, hash, duplicate };
}
