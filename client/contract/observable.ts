/** Owns the one form in which the SDK shows state that changes. */

/**
 * State that can be watched. `getSnapshot` answers an immutable value, the same one (`===`) until something changed;
 * `subscribe` calls the listener after each change and answers the function that ends it. Both may be passed around
 * unbound: `useSyncExternalStore(inbox.subscribe, inbox.getSnapshot)`.
 */
export interface Observable<T> {
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => T;
}
