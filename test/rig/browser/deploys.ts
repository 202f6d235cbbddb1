/**
 * A server whose web app can be replaced by a later build in place: a proxy in front of a server, which gives the app's script another name and
 * the service worker another text. Files of a test can stand beside the app, with the same origin.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";

const ownPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'";

export interface OwnFile {
  readonly type: string;
  readonly body: string;
}

export class Deploys {
  readonly #target: URL;
  readonly #ownFile: (path: string) => OwnFile | undefined;
  readonly #server = createServer((asked, answer) => this.#pass(asked, answer));
  readonly #sockets = new Set<Socket>();
  #build = 1;

  constructor(targetUrl: string, ownFile: (path: string) => OwnFile | undefined = () => undefined) {
    this.#target = new URL(targetUrl);
    this.#ownFile = ownFile;
    this.#server.on("upgrade", (asked: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#join(asked, socket, head),
    );
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "localhost", resolve));
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("It is not started");
    return `http://localhost:${address.port}`;
  }

  /** The next build takes the place of this one. Its script has another name, and that of the build before is gone. All sockets close. */
  deploy(): void {
    this.#build++;
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const path = asked.url ?? "/";
    const own = this.#ownFile(path);
    if (own !== undefined) {
      answer.writeHead(200, { "content-type": own.type, "content-security-policy": ownPolicy }).end(own.body);
      return;
    }
    const script = /^(\/assets\/[\w-]+)\.build(\d+)\.js$/.exec(path);
    const isApp = path === "/" || path === "/service-worker.js" || script !== null;
    const build = script === null ? this.#build : Number(script[2]);
    if (script !== null && build !== this.#build && path.startsWith("/assets/main-")) {
      answer.writeHead(404).end();
      return;
    }
    const headers = { ...asked.headers };
    if (isApp) {
      for (const name of ["accept-encoding", "if-none-match", "if-modified-since"]) delete headers[name];
    }
    const onward = request(
      {
        host: this.#target.hostname,
        port: this.#target.port,
        method: asked.method,
        path: script === null ? path : `${script[1]}.js`,
        headers,
      },
      (got) => {
        if (!isApp) {
          answer.writeHead(got.statusCode ?? 502, got.headers);
          got.pipe(answer);
          return;
        }
        const chunks: Buffer[] = [];
        got.on("data", (chunk: Buffer) => chunks.push(chunk));
        got.on("end", () => {
          const text = Buffer.concat(chunks)
            .toString()
            // Each file names others by their names within the folder.
            .replaceAll(/((?:assets|\.)\/[\w-]+-[\w-]{8})\.js\b/g, `$1.build${build}.js`)
            .replace(/"build":"(\w+)"/, `"build":"$1-${build}"`);
          const { etag: _etag, "content-length": _length, ...rest } = got.headers;
          answer.writeHead(got.statusCode ?? 502, rest).end(text);
        });
      },
    );
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  }

  #join(asked: IncomingMessage, socket: Socket, head: Buffer): void {
    const onward = connect(Number(this.#target.port), this.#target.hostname, () => {
      const lines = [`${asked.method} ${asked.url} HTTP/1.1`];
      for (let i = 0; i < asked.rawHeaders.length; i += 2)
        lines.push(`${asked.rawHeaders[i]}: ${asked.rawHeaders[i + 1]}`);
      onward.write(`${lines.join("\r\n")}\r\n\r\n`);
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
