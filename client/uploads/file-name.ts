/** Owns the names under which files are sent: those that a program gave, without what no name may have. */
import { uploadLimits } from "../../schema/bounds/uploads.ts";
import { codePointPrefix, codePoints } from "../../schema/text.ts";
import { refusedInNames } from "../../schema/wire/attachment.ts";

/** A name that the server takes. Where it is too long its middle is left out, and its ending stays. */
export function sendableName(name: string): string {
  const clean = name.toWellFormed().replaceAll(refusedInNames, "_").trim();
  if (clean === "" || clean === "." || clean === "..") return "file";
  if (codePoints(clean) <= uploadLimits.attachmentNameCodePointsMax) return clean;
  const dot = clean.lastIndexOf(".");
  const ending = dot > 0 && clean.length - dot <= 20 ? clean.slice(dot) : "";
  return codePointPrefix(clean, uploadLimits.attachmentNameCodePointsMax - codePoints(ending)) + ending;
}
