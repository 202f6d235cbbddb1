/** Owns the calls that move a file: those of Parley's contract, and those of the bare Worker (bench/bare/media.ts). */
import { Agent, request } from "node:http";
import { uploadLimits } from "../../schema/bounds/uploads.ts";
import type { Place } from "./job.ts";

export interface Begun {
  readonly name: string;
  /** Sends a part and answers what ends the upload needs of it. */
  part(n: number, bytes: Buffer): Promise<unknown>;
  end(parts: readonly unknown[]): Promise<void>;
}

export interface Door {
  begin(bytes: number): Promise<Begun>;
  /** Resolves to the number of bytes that came. */
  read(name: string): Promise<number>;
  remove(name: string): Promise<void>;
}

export function doorOf(place: Place): Door {
  return place.kind === "parley" ? parleyDoor(place) : bareDoor(place.port);
}

const agent = new Agent({ keepAlive: true });

function parleyDoor({ port, token, conversationId }: Place & { kind: "parley" }): Door {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const call = async (method: string, path: string, body?: unknown): Promise<string> =>
    (await ask({ port, method, path, headers }, body === undefined ? undefined : Buffer.from(JSON.stringify(body))))
      .text;
  return {
    async begin(bytes) {
      const file = { name: "bench.bin", type: "application/octet-stream", bytes };
      const { uploadId }: { uploadId: string } = JSON.parse(
        await call("POST", `/v1/conversations/${conversationId}/uploads`, file),
      );
      const path = `/v1/uploads/${uploadId}`;
      return {
        name: uploadId,
        part: async (n, part) => {
          const sent = { authorization: headers.authorization, "content-type": "application/octet-stream" };
          await ask({ port, method: "PUT", path: `${path}/parts/${n}`, headers: sent }, part);
        },
        end: async () => void (await call("POST", `${path}/complete`, {})),
      };
    },
    async read(id) {
      const path = `/v1/attachments/${encodeURIComponent(id)}`;
      const asked = { port, method: "GET", path, headers: { ...headers, accept: "application/json" } };
      const { url }: { url: string } = JSON.parse((await ask(asked)).text);
      const { pathname, search } = new URL(url);
      return (await ask({ port, method: "GET", path: pathname + search, headers: {} }, undefined, true)).bytes;
    },
    remove: async (id) => void (await call("DELETE", `/v1/uploads/${id}`)),
  };
}

let made = 0;

function bareDoor(port: number): Door {
  const call = (method: string, path: string, body?: Buffer) => ask({ port, method, path, headers: {} }, body);
  return {
    async begin(bytes) {
      const name = `/media/${process.pid}-${++made}`;
      if (bytes <= uploadLimits.partBytes)
        return { name, part: (_, part) => call("PUT", name, part), end: () => Promise.resolve() };
      const upload = (await call("POST", name)).text;
      const path = `${name}?upload=${encodeURIComponent(upload)}`;
      return {
        name,
        part: async (n, part) => JSON.parse((await call("PUT", `${path}&part=${n}`, part)).text),
        end: async (parts) => void (await call("POST", path, Buffer.from(JSON.stringify(parts)))),
      };
    },
    read: async (name) => (await ask({ port, method: "GET", path: name, headers: {} }, undefined, true)).bytes,
    remove: async (name) => void (await call("DELETE", name)),
  };
}

interface Asked {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Answered {
  readonly text: string;
  readonly bytes: number;
}

/** Any status but that of success is an error. `isCounted`: the body is a file, which is only counted. */
function ask(asked: Asked, body?: Buffer, isCounted = false): Promise<Answered> {
  const { port, method, path } = asked;
  const length = body === undefined ? {} : { "content-length": String(body.length) };
  const headers = { ...asked.headers, ...length };
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: "127.0.0.1", port, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (!isCounted) chunks.push(chunk);
      });
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const status = answer.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve({ text, bytes });
        else reject(new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
