/** Owns the upload of a picture of a person or group. It is small and nobody waits for it elsewhere, so it is not kept over restarts. */
import { uploadLimits } from "../../schema/bounds/uploads.ts";
import { ParleyError } from "../errors.ts";
import { retried } from "../link/retried.ts";
import { sendFile } from "./send-file.ts";
import { Slots } from "./slots.ts";
import type { UploadDoor } from "./upload-calls.ts";

/** Answers the id of the completed upload. Errors: those of the calls, `too_large`. */
export async function uploadPicture(door: UploadDoor, file: Blob): Promise<string> {
  if (file.size > uploadLimits.avatarBytesMax)
    throw new ParleyError({ code: "too_large", detail: `at most ${uploadLimits.avatarBytesMax} bytes` });
  const { signal } = new AbortController();
  let uploadId: string | null = null;
  const { id } = await retried(
    async () =>
      await sendFile({
        door,
        partSlots: new Slots(1),
        file,
        facts: { name: "picture", type: file.type, bytes: file.size },
        about: () => ({}),
        uploadId,
        onBegun: (begun) => {
          uploadId = begun;
        },
        onSent: () => undefined,
        signal,
      }),
  );
  return id;
}
