/** Requests byte by byte, which no client library corrects. */
import { connect } from "node:net";

/** Sends a text and answers everything that comes back until the connection ends or is silent for `maxMs`. */
export function sayRaw(port: number, text: string, maxMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from(text, "latin1")));
    let heard = "";
    socket.setTimeout(maxMs, () => socket.destroy());
    socket.on("data", (data) => (heard += data.toString("latin1")));
    // The server may end the connection while we still write.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (!["EPIPE", "ECONNRESET"].includes(error.code ?? "")) reject(error);
    });
    socket.on("close", () => resolve(heard));
  });
}

/** The status codes of the answers in a text that came back. */
export function statusesOf(heard: string): number[] {
  return [...heard.matchAll(/^HTTP\/1\.[01] (\d{3}) /gm)].map(([, status]) => Number(status));
}
