/** Owns the keys that belong to the list above the text field while it completes a name. */

interface ListMoves<T> {
  setChosen(index: number): void;
  pick(item: T): void;
  close(): void;
}

/** Does what the key means in the list; false if it means nothing there. */
export function listKey<T>(key: string, offered: readonly T[], chosen: number, moves: ListMoves<T>): boolean {
  const item = offered[chosen];
  if (key === "ArrowDown") moves.setChosen((chosen + 1) % offered.length);
  else if (key === "ArrowUp") moves.setChosen((chosen + offered.length - 1) % offered.length);
  else if (key === "Escape") moves.close();
  else if ((key === "Enter" || key === "Tab") && item !== undefined) moves.pick(item);
  else return false;
  return true;
}
