/** Owns saving an export as a file. An export that was cut off is not saved: the last line says whether it is whole. */

/** The last line is shorter than this. */
const endBytesMax = 512;
/** The browser reads the file from the address some time after the click. */
const addressMs = 60_000;

/** Answers whether the export was whole, and so was saved. */
export async function saveLines(lines: Promise<Response>, name: string): Promise<boolean> {
  const file = await (await lines).blob();
  const end = await file.slice(Math.max(0, file.size - endBytesMax)).text();
  if (!/(?:^|\n)\{"type":"end"[^\n]*\}\n$/.test(end)) return false;
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), addressMs);
  return true;
}
