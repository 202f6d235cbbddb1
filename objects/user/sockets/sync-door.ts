/** Owns the frames that devices send on sync sockets: parses and limits them, and answers them or passes them up to their conversation. */
import { notFound, type Refusal, refuse } from "../../../schema/errors.ts";
import type { ConversationId } from "../../../schema/ids.ts";
import { parseFrame } from "../../../schema/wire/frames/parse.ts";
import type { WatchFrame } from "../../../schema/wire/presence.ts";
import type { ConversationUpFrame, UpFrame } from "../../../schema/wire/frames/up.ts";
import type { Env } from "../../shared/platform/env.ts";
import { answerFrame, frameBytes, okFrame, refusalFrame } from "../../shared/sockets/frames.ts";
import { logFault } from "../../shared/platform/log.ts";
import { isMinted } from "../../shared/identity/mint.ts";
import { creditReader, sendFree } from "../../shared/sockets/sockets.ts";
import type { CatchUp } from "./catch-up.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { PassUp } from "./pass-up.ts";
import type { PresenceCalls } from "../sides.ts";
import type { SyncMeters } from "./sync-meters.ts";
import type { SyncSocket, SyncSockets } from "../sync-sockets.ts";

export class SyncDoor {
  readonly #env: Pick<Env, "ID_SECRET">;
  readonly #inbox: Inbox;
  readonly #sockets: SyncSockets;
  readonly #passUp: PassUp;
  readonly #presence: Pick<PresenceCalls, "watch" | "heard" | "socketGone">;
  readonly #meters: SyncMeters;
  readonly #catchUp: Pick<CatchUp, "seen">;
  readonly #attended: () => void;

  constructor(parts: {
    env: Pick<Env, "ID_SECRET">;
    meters: SyncMeters;
    inbox: Inbox;
    sockets: SyncSockets;
    passUp: PassUp;
    presence: Pick<PresenceCalls, "watch" | "heard" | "socketGone">;
    catchUp: Pick<CatchUp, "seen">;
    /** The app is in front on some device. */
    attended: () => void;
  }) {
    this.#env = parts.env;
    this.#meters = parts.meters;
    this.#inbox = parts.inbox;
    this.#sockets = parts.sockets;
    this.#passUp = parts.passUp;
    this.#presence = parts.presence;
    this.#catchUp = parts.catchUp;
    this.#attended = parts.attended;
  }

  /** A frame was received. Answers go out at the end of the turn. */
  receive(entry: SyncSocket, data: string | ArrayBuffer): void {
    if (data === "ping") {
      // Only where the runtime's own answer is not set: at first, and while silent sockets are listened to.
      sendFree(entry.socket, this.#sockets.pong.text);
      this.#presence.heard(entry);
      return;
    }
    creditReader(entry.socket);
    this.#presence.heard(entry);
    if (this.#meters.frames.isTooFast(entry.socket, entry.attachment.userId, frameBytes(data))) {
      this.#ended(this.#sockets.close(entry.socket, "tooManyFrames"));
      return;
    }
    const parsed = parseFrame(data);
    if (parsed.do === "close") {
      this.#ended(this.#sockets.close(entry.socket, parsed.reason));
      return;
    }
    this.#meters.frames.noteElements(entry.socket, entry.attachment.userId, parsed.elements.length);
    let isBad = false;
    for (const element of parsed.elements) {
      if (element.ok) this.#obey(entry, element.frame);
      else {
        isBad ||= element.isBad;
        this.#answer(entry, refusalFrame(element.refusal, element.ref));
      }
    }
    if (isBad) this.#ended(this.#sockets.countBad(entry));
  }

  /** A bug becomes an answer, not silence. */
  #obey(entry: SyncSocket, frame: UpFrame): void {
    try {
      // `seen` is never refused: without it the pages of the inbox would stop.
      const refusal = frame.type === "seen" ? undefined : this.#meters.frames.refusalToLook(entry.attachment.userId);
      if (refusal !== undefined) {
        this.#refuse(entry, frame, refusal);
        return;
      }
      switch (frame.type) {
        case "attend":
          this.#sockets.attend(entry, frame.on);
          if (frame.on) this.#attended();
          if (frame.ref !== undefined) this.#answer(entry, okFrame(frame.ref));
          return;
        case "seen":
          this.#catchUp.seen(entry);
          if (frame.ref !== undefined) this.#answer(entry, okFrame(frame.ref));
          return;
        case "watch":
          void this.#watch(entry, frame);
          return;
        default:
          this.#pass(entry, frame);
      }
    } catch (error) {
      logFault("sync frame", error, { frame: frame.type });
      this.#answer(entry, refusalFrame(refuse("internal", "something failed here").refusal, frame.ref));
    }
  }

  /** The user sends too much. A receipt is passed up all the same, because no watermark may be lost. Typing is dropped, because it is worthless a moment later. */
  #refuse(entry: SyncSocket, frame: UpFrame, refusal: Refusal): void {
    if (frame.type === "receipt") this.#pass(entry, frame);
    else if (frame.type !== "typing") this.#answer(entry, refusalFrame(refusal, frame.ref));
    else if (frame.ref !== undefined) this.#answer(entry, okFrame(frame.ref));
  }

  /** Answered when the objects of the named users have answered, so not in the order of the frames. */
  async #watch(entry: SyncSocket, frame: WatchFrame): Promise<void> {
    try {
      const refusal = this.#meters.refusalToWatch();
      if (refusal !== undefined) {
        this.#answer(entry, refusalFrame(refusal, frame.ref));
        return;
      }
      const answer = await this.#presence.watch(entry, frame.userIds);
      this.#answer(
        entry,
        answer.ok ? okFrame(frame.ref, { presence: answer.value }) : refusalFrame(answer.refusal, frame.ref),
      );
    } catch (error) {
      logFault("sync frame", error, { frame: frame.type });
      this.#answer(entry, refusalFrame(refuse("internal", "something failed here").refusal, frame.ref));
    }
  }

  #pass(entry: SyncSocket, frame: ConversationUpFrame): void {
    const { userId, deviceId } = entry.attachment;
    const answer = (given: Parameters<typeof answerFrame>[1]): void => {
      const text = answerFrame(frame, given);
      if (text !== undefined) this.#answer(entry, text);
    };
    if (!this.#mayExist(frame.conversationId)) {
      answer(notFound);
      return;
    }
    // Any receipt clears the mark of unread. A receipt with `read` comes back to the inbox in a delivery, even if it raised nothing.
    const isClearing = frame.type === "receipt" && this.#inbox.isMarkedUnread(frame.conversationId);
    const passed = isClearing ? { ...frame, read: frame.read ?? 0 } : frame;
    this.#passUp.push({ actor: { userId, deviceId }, frame: passed, answer });
  }

  /** Calling an object creates it for ever: so the conversation must be in the inbox, or its id must be one that this server made. */
  #mayExist(conversationId: ConversationId): boolean {
    return this.#inbox.has(conversationId) || isMinted(this.#env.ID_SECRET, conversationId, "conversation");
  }

  #ended(sockets: readonly SyncSocket[]): void {
    for (const entry of sockets) this.#presence.socketGone(entry);
  }

  #answer(entry: SyncSocket, text: string): void {
    this.#sockets.queue(entry, text);
  }
}
