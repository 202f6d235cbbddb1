/** Owns logging: one JSON line per event, with ids and codes, never with text, tokens or endpoints. */

type Fact = string | number | boolean | null | undefined;

/** Something that happened and may interest an operator. */
export function log(event: string, facts: Record<string, Fact> = {}): void {
  console.log(JSON.stringify({ event, ...facts }));
}

/** Something that should not have happened. Only the error's name and message's first line go out, for a message of ours holds no content. */
export function logFault(event: string, error: unknown, facts: Record<string, Fact> = {}): void {
  const fault = error instanceof Error ? error : new Error(String(error));
  console.error(
    JSON.stringify({ event, ...facts, fault: fault.name, reason: fault.message.split("\n")[0]?.slice(0, 200) }),
  );
}
