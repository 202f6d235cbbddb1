/**
 * Owns the validator's one switch: it would try whether it may compile code, which the content security policy forbids and reports.
 * It asks as soon as the first shape is declared, so this is imported before everything else.
 */
import { config } from "zod";

config({ jitless: true });
