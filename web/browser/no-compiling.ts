/**
 * Owns one setting of the validator: it compiles no code. Otherwise it would try to, and the content security policy would forbid and report
 * it. The validator tries when the first shape is declared, so this file is imported before everything else.
 */
import { config } from "zod";

config({ jitless: true });
