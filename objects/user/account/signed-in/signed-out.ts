/** Owns the answer to a device that is signed out, whatever it asks for. */
import { refuse } from "../../../../schema/errors.ts";

export const signedOut = refuse("unauthenticated", "this device is signed out");
