/** Owns the flags of V8 with which workerd runs on this machine: for `npm start`, and for the bare objects that the bench compares it with. */

/**
 * `--expose-gc` lets objects ask for garbage collection. Without it the sockets that they close stay open for long (objects/shared/sockets/sockets.ts says why).
 *
 * The others keep collections from holding up messages (decision 53): what is new is collected often and briefly, and what is old rarely, because workerd marks all
 * of it in one pause. For it the process takes up to 128 MB more, or five times what is in use, where that is more.
 */
const flags = [
  "--expose-gc",
  "--max-semi-space-size=4",
  "--initial-old-space-size=128",
  "--heap-growing-percent=400",
] as const;

/** Miniflare passes on what this variable names. Whoever sets it has the last word. */
export function flagRuntime(): void {
  process.env["MINIFLARE_WORKERD_V8_FLAGS"] ||= flags.join(" ");
}
