/** Owns when a conversation seals: the marks, which tests lower. */
import { archive } from "../../../schema/archive-limits.ts";

export const archiveMarks: {
  highWaterMessages: number;
  lowWaterMessages: number;
  highWaterBytes: number;
  segmentMessagesMax: number;
  segmentBytesMax: number;
  changedRowsMax: number;
  /** Rows that changed within so many revs stay: a live socket may have to catch up with them. */
  recentRevs: number;
  /** Whether the queue's consumer is told. A test may do its work itself. */
  sendsHints: boolean;
} = {
  highWaterMessages: archive.highWaterMessages,
  lowWaterMessages: archive.lowWaterMessages,
  highWaterBytes: archive.highWaterBytes,
  segmentMessagesMax: archive.segmentMessagesMax,
  segmentBytesMax: archive.segmentBytesMax,
  changedRowsMax: archive.changedRowsMax,
  recentRevs: archive.recentRevs,
  sendsHints: true,
};
