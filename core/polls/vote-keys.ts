/** Owns the keys under which votes of a poll stand among the reactions of its message. No emoji has letters. */
const mark = "vote:";

/** The key of votes for an option. */
export function voteKey(option: number): string {
  return `${mark}${option}`;
}

export function isVote(key: string): boolean {
  return key.startsWith(mark);
}

/** The option that a vote is for. */
export function optionOf(key: string): number {
  return Number(key.slice(mark.length));
}
