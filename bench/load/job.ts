/** What the load process is asked, and what it answers. Both cross a process boundary as JSON. */

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
  /** How many sockets get each message, the sender's own included. */
  readonly receivers: number;
  /** Text in a frame which says that a socket is ready; absent: it is ready once open. */
  readonly readyText?: string;
  /** What stands before the reference in an answer to a send. */
  readonly ackText: string;
  /** Whether to say `seen` now and then on sockets that only read. */
  readonly saysSeen: boolean;
  /** Closed: each sender keeps this many under way. Open: this many a second in all, whatever comes back. */
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

export type Job = SocketJob | HttpJob;

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Result {
  /** Messages acked to their sender and delivered to every receiver (or requests answered) in the measured time. */
  readonly completed: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Send → ack at the sender; send → each other receiver. For HTTP: request → answer. */
  readonly ackMs: Quantiles;
  readonly deliveryMs: Quantiles;
  readonly serverCpuSeconds: number;
  readonly generatorCpuSeconds: number;
  /** Sent in the whole run, warm-up and end included. */
  readonly sent: number;
  /** Acked or delivered never, within twenty seconds of the end. */
  readonly lost: number;
  readonly errors: number;
  readonly firstError: string | null;
}
