/** The jobs of the load process, and its results. Both cross a process boundary as JSON. */

/** One socket to open, and the conversation that it may send to. */
export interface JobSocket {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: it only reads. */
  readonly sendsTo?: string;
}

export interface SocketJob {
  readonly kind: "sockets";
  readonly port: number;
  readonly sockets: readonly JobSocket[];
  /** How many sockets receive each message, the sender's own included. */
  readonly receivers: number;
  /** A text in the frame that shows that a socket is ready; absent: it is ready once open. */
  readonly readyText?: string;
  /** The text before the reference in an answer to a send. */
  readonly ackText: string;
  /** Whether sockets that only read send `seen` now and then. */
  readonly saysSeen: boolean;
  /** Whether the median of each socket is taken, too. */
  readonly comparesSockets?: boolean;
  /** A closed pace: each sender keeps this many messages under way. An open pace: this many a second in all, whatever comes back. */
  readonly pace: { readonly outstandingPerSender: number } | { readonly perSecond: number };
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Open pace: stop after this many messages, however long that takes. */
  readonly messagesMax?: number;
  /** Processes whose CPU time is the server's. */
  readonly serverPids: readonly number[];
}

export interface HttpJob {
  readonly kind: "http";
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How many objects `messages` must hold in each answer. */
  readonly messages: number;
  readonly warmUpRequests: number;
  readonly requests: number;
  readonly serverPids: readonly number[];
}

/** People who are online and watch each other. Some of them change their visible presence, and again as soon as all watchers have received it. */
export interface PresenceJob {
  readonly kind: "presence";
  readonly port: number;
  /** Sync sockets, each with the user ids that it watches. */
  readonly watchers: readonly (JobSocket & { readonly watches: readonly string[] })[];
  readonly targets: readonly { readonly userId: string; readonly headers: Readonly<Record<string, string>> }[];
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly serverPids: readonly number[];
}

export type Job = SocketJob | HttpJob | PresenceJob;

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Result {
  /** Messages acked to their sender and delivered to every receiver (changes answered and shown to every watcher; requests answered) in the measured time. */
  readonly completed: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Deliveries to single receivers in the measured time, also of messages that did not become complete. */
  readonly deliveries: number;
  /** Below 1 where many deliveries share a frame. */
  readonly framesPerDelivery: number;
  /** Send → ack at the sender; send → each other receiver; send → the first and the last of all receivers; send → complete. For HTTP: request → answer. */
  readonly ackMs: Quantiles;
  readonly deliveryMs: Quantiles;
  readonly firstMs: Quantiles;
  readonly lastMs: Quantiles;
  /** The median delivery of the socket that has the shortest one, and of the socket that has the longest. Zero where the job does not compare sockets. */
  readonly socketsMs: { readonly quickest: number; readonly slowest: number };
  readonly completionMs: Quantiles;
  readonly serverCpuSeconds: number;
  readonly generatorCpuSeconds: number;
  /** Sent in the whole run, warm-up and end included. */
  readonly sent: number;
  /** Messages that were not acked, or not delivered, within twenty seconds of the end. */
  readonly lost: number;
  readonly errors: number;
  readonly firstError: string | null;
}
