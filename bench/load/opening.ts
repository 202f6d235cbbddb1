/** Owns opening the sockets of a job: a few at a time, each until it is ready. */
import { LoadSocket } from "./socket.ts";

const openedAtOnce = 10;
const readyMaxMs = 15_000;

export interface Opening {
  readonly port: number;
  readonly sockets: readonly { readonly path: string; readonly headers: Readonly<Record<string, string>> }[];
  /** A text in the frame that shows that a socket is ready; absent: it is ready once open. */
  readonly readyText?: string;
}

/** Puts each socket into `sockets` at once, so that it can be closed whatever becomes of the others. When a socket is ready, `hear` receives its frames. */
export async function openAll(
  opening: Opening,
  sockets: LoadSocket[],
  hear: (index: number, text: string) => void,
  fault: (reason: string) => void,
): Promise<void> {
  for (let from = 0; from < opening.sockets.length; from += openedAtOnce) {
    await Promise.all(
      opening.sockets.slice(from, from + openedAtOnce).map(async ({ path, headers }, offset) => {
        const index = from + offset;
        const socket = await LoadSocket.open(opening.port, path, headers);
        sockets[index] = socket;
        socket.onClose = (reason) => fault(`${path}: ${reason}`);
        await ready(socket, opening.readyText);
        socket.onFrame = (text) => hear(index, text);
      }),
    );
  }
}

function ready(socket: LoadSocket, readyText: string | undefined): Promise<void> {
  if (readyText === undefined) {
    socket.begin(() => undefined);
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    let seen = "";
    const timer = setTimeout(
      () => reject(new Error(`no ${readyText} within ${readyMaxMs} ms; got ${seen}`)),
      readyMaxMs,
    );
    socket.begin((text) => {
      seen = `${seen}${text.slice(0, 200)} `.slice(-600);
      if (!text.includes(readyText)) return;
      clearTimeout(timer);
      resolve();
    });
  });
}
