/**
 * Owns what both kinds of sockets share: frames out, the credit of slow readers, closing.
 * Sockets have no backpressure, so what is sent is counted against the reader's last sign of life.
 */
import { Buffer } from "node:buffer";
import { closeCodes, type CloseReason } from "../../schema/errors.ts";
import { limits } from "../../schema/limits.ts";
import { cost } from "./meter.ts";

type Unseen = { frames: number; bytes: number };

/** In memory only: an object that hibernated had nothing to send, so an evicted count was idle. */
const unseen = new WeakMap<WebSocket, Unseen>();

/** Those on which something was said since this object woke. */
const heard = new WeakSet<WebSocket>();

/** Sends frames as one: a single object, or arrays of as many as an array may hold. Each element is JSON. Closes a reader that is too slow. */
export function sendFrames(socket: WebSocket, frames: readonly string[], isCatchUp = false): void {
  if (frames.length === 0) return;
  if (frames.length === 1) sendText(socket, frames[0] ?? "", isCatchUp);
  else if (frames.length <= limits.frameObjectsMax) sendText(socket, `[${frames.join(",")}]`, isCatchUp);
  else {
    for (let from = 0; from < frames.length; from += limits.frameObjectsMax) {
      sendText(socket, `[${frames.slice(from, from + limits.frameObjectsMax).join(",")}]`, isCatchUp);
    }
  }
}

/** Sends one frame as it stands. Catch-up frames do not count against the reader. `bytes`: its size, where many get the same. */
export function sendText(
  socket: WebSocket,
  text: string,
  isCatchUp = false,
  bytes = isCatchUp ? 0 : Buffer.byteLength(text),
): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (!isCatchUp) {
    const count = unseen.get(socket) ?? { frames: 0, bytes: 0 };
    count.frames++;
    count.bytes += bytes;
    unseen.set(socket, count);
    if (count.frames > limits.unseenFramesMax || count.bytes > limits.unseenBytesMax) {
      closeSocket(socket, "slowReader");
      return;
    }
  }
  cost.socketFramesOut++;
  socket.send(text);
}

/** The reader said something: it is not slow. */
export function creditReader(socket: WebSocket): void {
  cost.socketFramesIn++;
  unseen.delete(socket);
  heard.add(socket);
}

/** The other end closed. If it was first, its close frame is answered: the runtime leaves that to us, and a client that gets no answer waits many seconds for it. */
export function answerClose(socket: WebSocket): void {
  const wasOurs = socket.readyState === WebSocket.CLOSED;
  try {
    socket.close(1000);
  } catch {
    // It was we who closed it, or it broke.
  }
  if (wasOurs && !heard.has(socket)) letGo();
}

/** How long after a close garbage is collected, and the least time between two collections. */
const letGoMs = { wait: 20, pause: 250 };
/** Of the isolate, which many objects share. */
let collectedAt = 0;

/**
 * A local workerd ends the TCP connection of a socket that we closed, if nothing was said on it before, only when its wrapper in JavaScript
 * is collected, and many clients believe in a close only then. So where garbage can be collected at will (`npm start` sees to it), it is.
 * Elsewhere the edge ends connections, and this does nothing.
 */
function letGo(): void {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") return;
  const closedAt = Date.now();
  // Each object has to come by itself: what another one's collection found here is given back only when this one runs.
  setTimeout(
    () => {
      if (collectedAt > closedAt + letGoMs.wait / 2) return;
      collectedAt = Date.now();
      collect();
    },
    Math.max(letGoMs.wait, collectedAt + letGoMs.pause - closedAt),
  );
}

/** Closes with one of our codes; harmless on a socket that is closed or closing. */
export function closeSocket(socket: WebSocket, reason: CloseReason): void {
  try {
    socket.close(closeCodes[reason].code, reason);
  } catch {
    // Already closed.
  }
}
