/** Owns letting go of a camera or microphone. */

/** The browser shows that it is in use until all tracks are stopped. */
export function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
