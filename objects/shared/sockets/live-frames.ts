/** Owns the door of frames on live sockets: pings, rates, parsing, and what needs no conversation. Whoever holds the socket passes the others on. */
import { refuse } from "../../../schema/errors.ts";
import type { ConversationId } from "../../../schema/ids.ts";
import { parseFrame } from "../../../schema/wire/frames/parse.ts";
import type { ConversationUpFrame, UpFrame } from "../../../schema/wire/frames/up.ts";
import type { FrameMeter } from "../meters/frame-meter.ts";
import { logFault } from "../platform/log.ts";
import { frameBytes, okFrame, refusalFrame } from "./frames.ts";
import type { LiveAttachment, LiveSockets } from "./live-sockets.ts";
import { creditReader, sendFree } from "./sockets.ts";

export type LiveFramesParts = {
  sockets: LiveSockets;
  meter: FrameMeter;
  /** A frame that the conversation answers. */
  pass: (socket: WebSocket, attachment: LiveAttachment, frame: ConversationUpFrame) => void;
};

export class LiveFrames {
  readonly #parts: LiveFramesParts;

  constructor(parts: LiveFramesParts) {
    this.#parts = parts;
  }

  /** A frame was received on a socket of this conversation. */
  receive(conversationId: ConversationId, socket: WebSocket, data: string | ArrayBuffer): void {
    const { sockets, meter } = this.#parts;
    const attachment = sockets.attachmentOf(socket);
    if (attachment === undefined) return;
    if (data === "ping") {
      // This arrives only while the object waits for pings of silent sockets; else the runtime answers pings.
      sendFree(socket, sockets.pong);
      sockets.noteHeard(socket);
      return;
    }
    creditReader(socket);
    sockets.noteHeard(socket);
    if (meter.isTooFast(socket, attachment.userId, frameBytes(data))) {
      sockets.close(socket, "tooManyFrames");
      return;
    }
    const parsed = parseFrame(data, conversationId);
    if (parsed.do === "close") {
      sockets.close(socket, parsed.reason);
      return;
    }
    meter.noteElements(socket, attachment.userId, parsed.elements.length);
    for (const element of parsed.elements) {
      if (element.ok) this.#obey(socket, attachment, element.frame);
      else sendFree(socket, refusalFrame(element.refusal, element.ref));
    }
    if (parsed.elements.some((element) => !element.ok && element.isBad)) sockets.countBad(socket);
  }

  #obey(socket: WebSocket, attachment: LiveAttachment, frame: UpFrame): void {
    switch (frame.type) {
      case "attend":
      case "seen":
        // Only the sync socket keeps whether the app is in front. Here both frames are no more than signs of life.
        if (frame.ref !== undefined) sendFree(socket, okFrame(frame.ref));
        return;
      case "watch":
        sendFree(
          socket,
          refusalFrame(refuse("unsupported", "type: is accepted on the sync socket only").refusal, frame.ref),
        );
        return;
      default:
        this.#parts.pass(socket, attachment, frame);
    }
  }
}

/** For the object's catch-all: a bug becomes an answer, not silence. */
export function answerFault(socket: WebSocket, error: unknown): void {
  logFault("live frame", error);
  sendFree(socket, refusalFrame(refuse("internal", "something failed here").refusal, undefined));
}
