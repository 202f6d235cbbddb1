/** Owns withholding a file: the object that holds it is told, and each group that shows a picture made of it. */
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { AttachmentId } from "../../schema/ids.ts";
import { askOwner, askUpload } from "../media/uploads/ask.ts";

/** Every step may be repeated: where one fails, the whole is to be done again. */
export async function withhold(env: Env, id: AttachmentId, isOn: boolean): Promise<Outcome<null>> {
  const told = await askUpload(env, null, { do: "withhold", id, isOn });
  if (!told.ok) return told;
  for (const group of isOn ? told.value.groups : []) {
    const hidden = await askOwner(env, { kind: "conversation", id: group }, null, { do: "hide picture", from: id });
    if (!hidden.ok) return hidden;
  }
  return done(null);
}
