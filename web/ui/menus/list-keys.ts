/** Owns where the keys lead that go through a list from above to below, such as a menu or tabs. */

/** The place that a key leads to, undefined for other keys. `present`: -1 where none has the focus. `isRound`: whether the first one comes after the last. */
export function ledTo(key: string, present: number, count: number, isRound = false): number | undefined {
  switch (key) {
    case "ArrowDown":
      return isRound ? (present + 1) % count : Math.min(present + 1, count - 1);
    case "ArrowUp":
      return present > 0 ? present - 1 : present === -1 || isRound ? count - 1 : 0;
    case "Home":
    case "PageUp":
      return 0;
    case "End":
    case "PageDown":
      return count - 1;
    default:
      return undefined;
  }
}
