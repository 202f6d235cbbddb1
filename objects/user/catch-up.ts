/**
 * Owns how a sync socket is brought up to date: pages of the inbox, as far ahead of the client's answers as it may be, and the rest as it
 * answers. How far it is stands in the socket's attachment, so it goes on after hibernation. A row that changes meanwhile gets a higher
 * version and so comes in a later page: therefore the socket is told of the inbox by its pages alone until the last one is sent.
 */
import { Buffer } from "node:buffer";
import type { Epoch, Version } from "../../schema/ids.ts";
import { limits } from "../../schema/limits.ts";
import { sendFree } from "../shared/sockets.ts";
import type { Inbox } from "./inbox.ts";
import { pageText } from "./inbox-pages.ts";
import type { CatchUpState, SyncSocket, SyncSockets } from "./sync-sockets.ts";

export class CatchUp {
  readonly #inbox: Inbox;
  readonly #sockets: Pick<SyncSockets, "keep">;

  constructor(inbox: Inbox, sockets: Pick<SyncSockets, "keep">) {
    this.#inbox = inbox;
    this.#sockets = sockets;
  }

  /** Says hello and sends the first pages. All in one turn, so that nothing comes between the last page and what follows it. */
  begin(entry: SyncSocket, since: Version | undefined, epoch: Epoch | undefined): void {
    const start = this.#inbox.startOf(since, epoch);
    sendFree(entry.socket, this.#inbox.hello(entry.attachment.deviceId));
    this.#send(entry, { reached: start.since, ahead: [] }, start.reset);
  }

  /** The client answered the oldest page that it had not answered yet. */
  seen(entry: SyncSocket): void {
    const { catchUp } = entry.attachment;
    if (catchUp !== undefined) this.#send(entry, { ...catchUp, ahead: catchUp.ahead.slice(1) }, false);
  }

  #send(entry: SyncSocket, { reached, ahead }: CatchUpState, reset: boolean): void {
    const sizes = [...ahead];
    let aheadBytes = sizes.reduce((sum, size) => sum + size, 0);
    let isFirst = reset;
    for (;;) {
      const page = this.#inbox.page(reached);
      const text = pageText(page, { reset: isFirst });
      const bytes = Buffer.byteLength(text);
      if (sizes.length > 0 && aheadBytes + bytes > limits.aheadBytesMax) break;
      sendFree(entry.socket, text);
      if (!page.more) {
        if (entry.attachment.catchUp !== undefined) this.#sockets.keep(entry, { catchUp: undefined });
        return;
      }
      isFirst = false;
      reached = page.version;
      aheadBytes += bytes;
      sizes.push(bytes);
    }
    this.#sockets.keep(entry, { catchUp: { reached, ahead: sizes } });
  }
}
