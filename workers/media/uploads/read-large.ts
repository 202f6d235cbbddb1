/** Owns reading the bytes of a large stream with few calls. */

/** The runtime's reader. Not all compilers that read this file know that it waits for so many bytes. */
type LargeReader = { readAtLeast(bytes: number, into: Uint8Array): Promise<{ value?: Uint8Array<ArrayBuffer> }> };

/** Calls `see` with all bytes of `stream`, about `atOnce` at a time, and waits for it. They are overwritten then. */
export async function readLarge(
  stream: ReadableStream<Uint8Array>,
  atOnce: number,
  see: (bytes: Uint8Array) => Promise<void> | void,
): Promise<void> {
  const reader = stream.getReader({ mode: "byob" }) as unknown as LargeReader;
  for (let free = new Uint8Array(atOnce); ;) {
    const { value } = await reader.readAtLeast(free.byteLength, free);
    // At the end fewer bytes come, or none.
    if (value === undefined || value.byteLength === 0) return;
    await see(value);
    free = new Uint8Array(value.buffer);
  }
}
