/**
 * Owns what both kinds of sockets share: sending frames, finding slow readers, closing.
 * Sockets have no backpressure. So what was sent since the reader's last frame is counted, and a reader with too much of it is slow.
 */
import { Buffer } from "node:buffer";
import { closeCodes, type CloseReason } from "../../../schema/errors.ts";
import { limits, timeouts } from "../../../schema/limits.ts";
import { readSubprotocols } from "../../../schema/wire/frames/version.ts";
import { now } from "../platform/clock.ts";
import { cost } from "../platform/meter.ts";

/** What was sent to a reader since a frame of the reader was last received. `since`: when the first of it was sent. */
type Unseen = { frames: number; bytes: number; since: number };

/**
 * In memory only: an object that hibernated had nothing to send, so an evicted count was idle. A count stays in the map as long as its socket lives:
 * entries that come and go make the map build its table anew again and again, and a weak table survives the quick collections.
 */
const unseen = new WeakMap<WebSocket, Unseen>();

/** Sockets on which a frame was received since this object woke. */
const spoken = new WeakSet<WebSocket>();

/** An object to be sent, as JSON. `isOwn`: the reader's own act caused it, so it does not count against them. `bytes`: its size, where that is known. */
export type Outgoing = { readonly text: string; readonly isOwn: boolean; readonly bytes?: number };

/** What goes out on a socket in one turn, and how much of it counts against the reader. Sockets that get the same share one parcel. */
export type Parcel = {
  readonly frames: readonly string[];
  readonly countedFrames: number;
  readonly countedBytes: number;
};

/** Puts objects into frames in their order: one by itself, more as arrays, each of at most as many objects and bytes as a frame may have. */
export function parcelOf(objects: readonly Outgoing[]): Parcel {
  const [only] = objects;
  if (only !== undefined && objects.length === 1) {
    const isCounted = !only.isOwn;
    return { frames: [only.text], countedFrames: Number(isCounted), countedBytes: isCounted ? sizeOf(only) : 0 };
  }
  const frames: string[] = [];
  let joined = "";
  let count = 0;
  let bytes = 0;
  let hasCounted = false;
  let countedFrames = 0;
  let countedBytes = 0;
  const end = (): void => {
    if (count === 0) return;
    frames.push(count === 1 ? joined : `[${joined}]`);
    countedFrames += Number(hasCounted);
    count = 0;
    bytes = 0;
    hasCounted = false;
  };
  for (const object of objects) {
    const size = sizeOf(object);
    if (count >= limits.frameObjectsMax || bytes + size >= limits.bodyBytesMax) end();
    // Texts that are only added to each other are copied once, when the frame is sent.
    joined = count === 0 ? object.text : `${joined},${object.text}`;
    count++;
    bytes += size;
    if (object.isOwn) continue;
    hasCounted = true;
    countedBytes += size;
  }
  end();
  return { frames, countedFrames, countedBytes };
}

function sizeOf({ text, bytes }: Outgoing): number {
  return (bytes ?? Buffer.byteLength(text)) + 1;
}

/** Frames that do not count against the reader: answers, and what the reader catches up with. */
export function freeParcel(texts: readonly string[]): Parcel {
  return parcelOf(texts.map((text) => ({ text, isOwn: true })));
}

/**
 * Sends what a turn has for a socket. If the reader is too far behind with earlier frames, the socket is closed instead. Only earlier frames count: so a
 * reader who is up to date gets all of a turn, however much it is, and has a moment to answer it.
 */
export function sendParcel(socket: WebSocket, { frames, countedFrames, countedBytes }: Parcel): void {
  if (frames.length === 0) return;
  if (countedFrames > 0) {
    let count = unseen.get(socket);
    if (count === undefined) unseen.set(socket, (count = { frames: 0, bytes: 0, since: 0 }));
    if (count.frames === 0) count.since = now();
    if (isTooMuch(count)) {
      closeSocket(socket, "slowReader");
      return;
    }
    count.frames += countedFrames;
    count.bytes += countedBytes;
  }
  for (const frame of frames) sendFree(socket, frame);
}

/**
 * Sends one frame as it stands, which does not count against the reader. On a socket that is closed, `send` throws, and there is nothing to be done. To ask for
 * the socket's state before each frame costs nearly as much as to send it.
 */
export function sendFree(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    return;
  }
  cost.socketFramesOut++;
}

function isTooMuch({ frames, bytes, since }: Unseen): boolean {
  if (frames > limits.unseenFramesMax || bytes > limits.unseenBurstBytesMax) return true;
  return bytes > limits.unseenBytesMax && now() - since > timeouts.slowReaderGraceMs;
}

/** A frame of the reader was received: the reader is not slow. */
export function creditReader(socket: WebSocket): void {
  cost.socketFramesIn++;
  const count = unseen.get(socket);
  if (count !== undefined) count.frames = count.bytes = 0;
  spoken.add(socket);
}

/** The client closed the socket. Its close frame is answered here, because the runtime does not do it, and a client without an answer waits many seconds. */
export function answerClose(socket: WebSocket): void {
  const wasOurs = socket.readyState === WebSocket.CLOSED;
  try {
    socket.close(1000);
  } catch {
    // It was we who closed it, or it broke.
  }
  if (wasOurs && !spoken.has(socket)) letGo();
}

/** How long after a close garbage is collected, and the least time between two collections. */
const letGoMs = { wait: 20, pause: 250 };
/** Of the isolate, which many objects share. */
let collectedAt = 0;

/**
 * For a socket that this object closed and on which no frame was received, a local workerd ends the TCP connection only when the socket's wrapper in
 * JavaScript is collected as garbage. Many clients take the socket as closed only then. So garbage is collected here, where the process allows it
 * (`npm start` sees to that). Elsewhere the edge ends connections, and this does nothing.
 */
function letGo(): void {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") return;
  const closedAt = Date.now();
  // Each object has to run this itself: what another object's collection found here is released only when this object runs.
  setTimeout(
    () => {
      if (collectedAt > closedAt + letGoMs.wait / 2) return;
      collectedAt = Date.now();
      collect();
    },
    Math.max(letGoMs.wait, collectedAt + letGoMs.pause - closedAt),
  );
}

/** The answer to an upgrade. */
export function upgraded(client: WebSocket, asked: Headers): Response {
  const { protocol } = readSubprotocols(asked.get("sec-websocket-protocol"));
  const headers = new Headers();
  if (protocol !== undefined) headers.set("sec-websocket-protocol", protocol);
  return new Response(null, { status: 101, webSocket: client, headers });
}

/** Closes with one of our codes; harmless on a socket that is closed or closing. */
export function closeSocket(socket: WebSocket, reason: CloseReason): void {
  try {
    socket.close(closeCodes[reason].code, reason);
  } catch {
    // Already closed.
  }
}
