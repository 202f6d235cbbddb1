/**
 * A WebSocket client for load: text frames over a plain TCP socket with as little work per frame as possible, so that the
 * generator is never what is measured. It speaks to our own servers only: unfragmented text, no compression, a mask of zeros.
 */
import { createHash, randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** Frames come as Latin-1 text: counting and searching need no more, and decoding UTF-8 costs. */
export type OnFrame = (text: string) => void;

export class LoadSocket {
  readonly #tcp: Socket;
  #kept: Buffer | undefined;
  #isUpgraded = false;
  #isCorked = false;
  #framesSinceSent = 0;
  #bytesSinceSent = 0;
  /** Why the server closed, if it did. */
  closedBy: string | undefined;
  onFrame: OnFrame = () => undefined;
  onClose: (reason: string) => void = () => undefined;

  private constructor(tcp: Socket) {
    this.#tcp = tcp;
    tcp.setNoDelay(true);
    tcp.on("close", () => this.#closed("connection ended"));
    tcp.on("error", (error) => this.#closed(error.message));
  }

  static async open(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<LoadSocket> {
    const key = randomBytes(16).toString("base64");
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    const socket = new LoadSocket(connect(port, "127.0.0.1"));
    const lines = Object.entries({
      Host: `localhost:${port}`,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": key,
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.#tcp.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    await socket.#upgraded(path, accept);
    return socket;
  }

  /** Sends ASCII text as one frame. Frames sent in one turn share a write to the kernel. */
  send(text: string): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#tcp.cork();
      setImmediate(() => {
        this.#isCorked = false;
        this.#tcp.uncork();
      });
    }
    this.#framesSinceSent = 0;
    this.#bytesSinceSent = 0;
    this.#tcp.write(frameOf(text));
  }

  close(): void {
    this.closedBy = "us";
    this.#tcp.destroy();
  }

  /** Frames that came since we last sent one: a server may close a reader that never sends anything. */
  get framesSinceSent(): number {
    return this.#framesSinceSent;
  }

  /** The bytes of those frames. */
  get bytesSinceSent(): number {
    return this.#bytesSinceSent;
  }

  #upgraded(path: string, accept: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.onClose = (reason) => reject(new Error(`${path}: ${reason}`));
      this.#tcp.on("data", (chunk) => {
        if (this.#isUpgraded) return this.#read(chunk);
        const bytes = this.#kept === undefined ? chunk : Buffer.concat([this.#kept, chunk]);
        const end = bytes.indexOf("\r\n\r\n");
        if (end === -1) {
          this.#kept = bytes;
          return undefined;
        }
        const head = bytes.toString("latin1", 0, end);
        if (!head.startsWith("HTTP/1.1 101") || !head.includes(accept)) {
          reject(new Error(`${path}: no upgrade: ${bytes.toString("utf8").slice(0, 600)}`));
          return this.close();
        }
        this.#isUpgraded = true;
        this.#kept = undefined;
        this.onClose = () => undefined;
        resolve();
        // The frames behind the head are read once the opener has set `onFrame`.
        const rest = bytes.subarray(end + 4);
        if (rest.length > 0) this.#kept = Buffer.from(rest);
        return undefined;
      });
    });
  }

  /** Reads what came together with the answer to the upgrade. */
  begin(onFrame: OnFrame): void {
    this.onFrame = onFrame;
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) this.#read(kept);
  }

  #read(chunk: Buffer): void {
    const bytes = this.#kept === undefined ? chunk : Buffer.concat([this.#kept, chunk]);
    this.#kept = undefined;
    let at = 0;
    while (at + 2 <= bytes.length) {
      let length = (bytes[at + 1] ?? 0) & 0x7f;
      let headBytes = 2;
      if (length === 126) {
        if (at + 4 > bytes.length) break;
        length = bytes.readUInt16BE(at + 2);
        headBytes = 4;
      } else if (length === 127) {
        if (at + 10 > bytes.length) break;
        length = Number(bytes.readBigUInt64BE(at + 2));
        headBytes = 10;
      }
      const end = at + headBytes + length;
      if (end > bytes.length) break;
      this.#take(bytes[at] ?? 0, bytes, at + headBytes, end);
      at = end;
    }
    // A copy: the chunk's memory is a pool of Node's that should not be kept.
    if (at < bytes.length) this.#kept = Buffer.from(bytes.subarray(at));
  }

  #take(firstByte: number, bytes: Buffer, from: number, to: number): void {
    if (firstByte === 0x81) {
      this.#framesSinceSent++;
      this.#bytesSinceSent += to - from;
      this.onFrame(bytes.toString("latin1", from, to));
    } else if (firstByte === 0x88) {
      this.#closed(
        to - from >= 2 ? `closed with ${bytes.readUInt16BE(from)} ${bytes.toString("utf8", from + 2, to)}` : "closed",
      );
      this.#tcp.destroy();
    } else {
      throw new Error(`unexpected frame 0x${firstByte.toString(16)}`);
    }
  }

  #closed(reason: string): void {
    if (this.closedBy !== undefined) return;
    this.closedBy = reason;
    this.onClose(reason);
  }
}

function frameOf(text: string): Buffer {
  const length = text.length;
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headBytes + 4 + length);
  frame[0] = 0x81;
  if (headBytes === 2) frame[1] = 0x80 | length;
  else if (headBytes === 4) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.fill(0, headBytes, headBytes + 4);
  frame.write(text, headBytes + 4, "latin1");
  return frame;
}
