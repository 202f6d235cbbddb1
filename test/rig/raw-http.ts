/** Requests byte by byte, with nothing that a client library would put right. */
import { connect } from "node:net";

/** All that comes back until the connection ends, or until nothing more is to come. */
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

/** The status lines in what came back. */
export function statusesOf(heard: string): number[] {
  return [...heard.matchAll(/^HTTP\/1\.[01] (\d{3}) /gm)].map(([, status]) => Number(status));
}
