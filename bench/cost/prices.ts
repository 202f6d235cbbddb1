/** Owns the published prices, in US dollars, of Cloudflare's paid plan as of November 2026, beyond what the plan includes. */

export interface Price {
  readonly dollarsPerMillion: number;
  readonly source: string;
}

export const prices = {
  rowsRead: { dollarsPerMillion: 0.001, source: "https://developers.cloudflare.com/durable-objects/platform/pricing/" },
  /** Index entries, deletes and setAlarm count, too. */
  rowsWritten: { dollarsPerMillion: 1, source: "https://developers.cloudflare.com/durable-objects/platform/pricing/" },
  /** A call to an object, an alarm that runs, or 20 frames that a socket brings. Frames that go out are free. */
  objectRequests: {
    dollarsPerMillion: 0.15,
    source: "https://developers.cloudflare.com/durable-objects/platform/pricing/",
  },
  /** An object that is awake is billed for its memory limit. */
  objectGigabyteSeconds: {
    dollarsPerMillion: 12.5,
    source: "https://developers.cloudflare.com/durable-objects/platform/pricing/",
  },
  /** A message through a queue is three: write, read, delete. */
  queueOperations: { dollarsPerMillion: 0.4, source: "https://developers.cloudflare.com/queues/platform/pricing/" },
  /** An object read from R2, or looked at; and one put there. Deleting is free. */
  bucketReads: { dollarsPerMillion: 0.36, source: "https://developers.cloudflare.com/r2/pricing/" },
  bucketWrites: { dollarsPerMillion: 4.5, source: "https://developers.cloudflare.com/r2/pricing/" },
} as const satisfies Record<string, Price>;

/** Frames from clients that are billed as one request. */
export const framesPerRequest = 20;

/** 128 MB, however much an object uses. */
export const gigabytesPerObject = 0.128;
