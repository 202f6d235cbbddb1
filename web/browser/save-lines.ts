/** Owns saving an export as a file. An export that was cut off is not saved: the last line says whether it is whole. */

/** The last line is shorter than this. */
const endBytesMax = 512;
/** The browser reads the file from the address some time after the click. */
const addressMs = 60_000;

/** Answers whether the export was whole, and so was saved. `onBytes`: how much of it has come. */
export async function saveLines(
  lines: Promise<Response>,
  name: string,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  const file = await gatherLines(await lines, onBytes);
  if (file === null) return false;
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), addressMs);
  return true;
}

/** The whole export; null where it was cut off. The browser gathers it, on its disk where it is large. */
export async function gatherLines(lines: Response, onBytes: (bytes: number) => void): Promise<Blob | null> {
  let bytes = 0;
  const counting = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform: (chunk, controller) => {
      bytes += chunk.length;
      onBytes(bytes);
      controller.enqueue(chunk);
    },
  });
  try {
    const file = await new Response(lines.body?.pipeThrough(counting)).blob();
    const end = await file.slice(Math.max(0, file.size - endBytesMax)).text();
    return /(?:^|\n)\{"type":"end"[^\n]*\}\n$/.test(end) ? file : null;
  } catch {
    return null;
  }
}
