/** Owns the counting of what is billed: rows, alarms, calls between objects, the time of objects. Sums over all objects of the isolate; read by the cost meter of the bench. */

export type Cost = {
  rowsRead: number;
  rowsWritten: number;
  alarmsSet: number;
  alarmsRun: number;
  objectCalls: number;
  socketFramesIn: number;
  socketFramesOut: number;
  queueOperations: number;
  /** Objects read from R2, and put there (lists would count as puts). */
  bucketReads: number;
  bucketWrites: number;
  /** Milliseconds in which single objects were kept awake, summed; see awake.ts. */
  awakeMs: number;
};

/** What was spent since this isolate began. */
export const cost: Cost = {
  rowsRead: 0,
  rowsWritten: 0,
  alarmsSet: 0,
  alarmsRun: 0,
  objectCalls: 0,
  socketFramesIn: 0,
  socketFramesOut: 0,
  queueOperations: 0,
  bucketReads: 0,
  bucketWrites: 0,
  awakeMs: 0,
};
