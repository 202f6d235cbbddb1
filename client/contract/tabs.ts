/** Owns what the tabs of a browser know of each other, for programs that keep something of their own for all of them. */

export interface OpenTabs {
  /** The name of this tab; each page that is loaded has another. */
  readonly name: string;
  /** The names of the tabs, and workers, of this origin that run now. Where tabs cannot see each other it is this one alone. */
  running(): Promise<ReadonlySet<string>>;
  /** Resolves when that tab has ended: at once if it is not among the running ones. */
  ended(name: string): Promise<void>;
  /** Runs the task while no other tab runs one under the same name. */
  exclusive<T>(name: string, task: () => Promise<T>): Promise<T>;
}
