/**
 * Owns how a sync socket is brought up to date. The first pages of the inbox are sent at once, up to a bound of bytes; each answer of the client lets more
 * pages follow. The socket's attachment says how far it is, so this goes on after hibernation. A row that changes meanwhile gets a higher
 * version and so comes in a later page: therefore the socket receives the inbox only by these pages until the last one is sent.
 */
import { Buffer } from "node:buffer";
import type { NewDevice } from "../../../schema/security/new-devices.ts";
import type { Epoch, Version } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import { sendFree } from "../../shared/sockets/sockets.ts";
import type { Inbox } from "../inbox/inbox.ts";
import { pageText } from "../inbox/inbox-pages.ts";
import type { CatchUpState, SyncSocket, SyncSockets } from "../sync-sockets.ts";

/** First pages of fewer bytes than this are not noted in the attachment. */
const smallBytes = 65_536;

export class CatchUp {
  readonly #inbox: Inbox;
  readonly #sockets: Pick<SyncSockets, "keep">;

  constructor(inbox: Inbox, sockets: Pick<SyncSockets, "keep">) {
    this.#inbox = inbox;
    this.#sockets = sockets;
  }

  /** Says hello and sends the first pages, all in one turn: so no delivery can come between the last page and the frames after it. */
  begin(
    entry: SyncSocket,
    { since, epoch }: { since?: Version | undefined; epoch?: Epoch | undefined },
    newDevices: NewDevice[],
  ): void {
    const start = this.#inbox.startOf(since, epoch);
    sendFree(entry.socket, this.#inbox.hello(entry.attachment.deviceId, newDevices));
    this.#send(entry, { reached: start.since, ahead: [] }, start);
  }

  /** The client answered the oldest page that it had not answered yet. */
  seen(entry: SyncSocket): void {
    const { catchUp } = entry.attachment;
    if (catchUp === undefined) return;
    this.#send(entry, { reached: catchUp.reached, ahead: catchUp.ahead.slice(1) });
  }

  /** `start`: these are the first pages. */
  #send(entry: SyncSocket, { reached, ahead }: CatchUpState, start?: { reset: boolean }): void {
    const sizes = [...ahead];
    let aheadBytes = sum(sizes);
    let sentBytes = 0;
    let isReset = start?.reset ?? false;
    for (;;) {
      // Pages are of about one size: a page that would not fit is not even made. The first pages are all tried, because a client that never says `seen` gets no others.
      const about = start === undefined ? (sizes.at(-1) ?? 0) : 0;
      if (aheadBytes + about > limits.aheadBytesMax) break;
      const page = this.#inbox.page(reached);
      const text = pageText(page, { reset: isReset });
      const bytes = Buffer.byteLength(text);
      if (sizes.length > 0 && aheadBytes + bytes > limits.aheadBytesMax) break;
      sendFree(entry.socket, text);
      sentBytes += bytes;
      if (!page.more) {
        this.#keep(entry, undefined, sentBytes);
        return;
      }
      isReset = false;
      reached = page.version;
      aheadBytes += bytes;
      sizes.push(bytes);
    }
    this.#keep(entry, { reached, ahead: sizes }, sentBytes);
  }

  /** Writes the attachment, but only where something in it changes. */
  #keep(entry: SyncSocket, catchUp: CatchUpState | undefined, sentBytes: number): void {
    const { attachment } = entry;
    if (attachment.greetingBytes === undefined && sentBytes > smallBytes)
      this.#sockets.keep(entry, { catchUp, greetingBytes: sentBytes });
    else if (attachment.catchUp !== undefined || catchUp !== undefined) this.#sockets.keep(entry, { catchUp });
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
