/** Owns when a conversation seals: the marks, which tests lower. */
import { archive } from "../../../schema/archive-limits.ts";

export const archiveMarks: {
  highWaterMessages: number;
  lowWaterMessages: number;
  highWaterBytes: number;
  segmentMessagesMax: number;
  segmentBytesMax: number;
  changedRowsMax: number;
  /** Rows that changed within the newest so many revs stay, because live sockets may have to catch up with them. */
  recentRevs: number;
  /** Whether hints are sent to the queue's consumer. A test may do the consumer's work itself. */
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
