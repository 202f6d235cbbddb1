/** Owns a device that sends attachments: an SDK that a test starts, ends and starts again on one storage, against the stand-in of the server. */
import { onTestFinished } from "vitest";
import {
  createParley,
  memoryStorage,
  type Account,
  type CommonGround,
  type ConversationHandle,
  type PendingMessage,
  type Storage,
} from "../../../../client/index.ts";
import { modelConversation } from "../conversation/conversation-model.ts";
import { FakeNetwork } from "../socket-pair.ts";
import { settled, WoundClock } from "../../wound-clock.ts";
import { UploadServer } from "./upload-server.ts";

export interface Running {
  readonly account: Account;
  readonly conversation: ConversationHandle;
  /** The network is back. */
  readonly wake: () => void;
  readonly pending: () => readonly PendingMessage[];
  /** Texts in the order in which they stand, those that are pending in brackets. */
  readonly shown: () => string[];
  /** The states of the attachments of the pending messages. */
  readonly states: () => string[];
  readonly close: () => void;
}

export function sendingDevice(storage: Storage = memoryStorage()) {
  const clock = new WoundClock();
  const server = new UploadServer(clock);

  const start = async (common: CommonGround = {}): Promise<Running> => {
    const listeners = new Set<() => void>();
    const parley = createParley({
      baseUrl: "http://server",
      fetch: server.fetch,
      WebSocket: new FakeNetwork().WebSocket,
      storage,
      clock,
      common,
      random: () => 0.5,
      wakeups: {
        isOffline: () => false,
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
    });
    onTestFinished(() => parley.close());
    await parley.ready;
    const account =
      parley.accounts.getSnapshot()[0] ?? (await parley.signIn({ handle: "ana", password: "a long enough secret" }));
    await settled();
    const conversation = account.conversation(modelConversation);
    const entries = () => conversation.timeline.getSnapshot().entries;
    const pending = () => entries().flatMap((entry) => (entry.kind === "pending" ? [entry.pending] : []));
    return {
      account,
      conversation,
      wake: () => listeners.forEach((listener) => listener()),
      pending,
      shown: () =>
        entries().flatMap((entry) =>
          entry.kind === "message" ? [entry.message.text] : entry.kind === "pending" ? [`[${entry.pending.text}]`] : [],
        ),
      states: () => pending().flatMap(({ attachments }) => attachments.map(({ state }) => state)),
      close: () => parley.close(),
    };
  };

  /** Lets everything happen that needs no time. */
  const rest = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await settled();
  };
  /** The names of all files in storage. */
  const files = async () => await (storage.blobs?.keys({ from: "", to: "~" }) ?? []);
  return { clock, server, storage, start, rest, files };
}

/** A file of some letters. */
export function fileOf(text: string, name = "file.txt", type = "text/plain"): File {
  return new File([text], name, { type });
}
