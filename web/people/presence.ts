/** Owns whose presence this page watches: the people whose avatars are in view, and nobody while the page has been hidden for a while. */
import { type RefObject, useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import type { Account, PresenceWatch, UserPresence } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useObservable } from "parley-sdk/react";

/** A page that is hidden for a shorter time goes on watching. */
const hiddenMsMax = 60_000;

type Place = { readonly userIds: readonly string[]; isInView: boolean };

/** The elements that show people, for one account. All people of the elements in view share one presence watch. */
class Sight {
  readonly #account: Account;
  readonly #places = new Map<Element, Place>();
  readonly #observer = new IntersectionObserver((entries) => this.#seen(entries));
  #watch: PresenceWatch | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;
  #isHidden = false;

  constructor(account: Account) {
    this.#account = account;
  }

  /** Watches these users while the element is in view; answers the function that ends this. */
  show(element: Element, userIds: readonly string[]): () => void {
    if (this.#places.size === 0) document.addEventListener("visibilitychange", this.#visibilityChanged);
    this.#places.set(element, { userIds, isInView: false });
    this.#observer.observe(element);
    return () => {
      this.#observer.unobserve(element);
      this.#places.delete(element);
      this.#update();
      if (this.#places.size > 0) return;
      document.removeEventListener("visibilitychange", this.#visibilityChanged);
      clearTimeout(this.#hiding);
      this.#isHidden = false;
    };
  }

  #seen(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const place = this.#places.get(target);
      if (place !== undefined) place.isInView = isIntersecting;
    }
    this.#update();
  }

  readonly #visibilityChanged = (): void => {
    clearTimeout(this.#hiding);
    const hide = (isHidden: boolean) => {
      this.#isHidden = isHidden;
      this.#update();
    };
    if (document.visibilityState === "visible") hide(false);
    else this.#hiding = setTimeout(() => hide(true), hiddenMsMax);
  };

  #update(): void {
    const places = this.#isHidden ? [] : [...this.#places.values()].filter(({ isInView }) => isInView);
    const userIds = places.flatMap((place) => place.userIds);
    if (userIds.length > 0) {
      this.#watch ??= this.#account.presence.watch([]);
      this.#watch.update(userIds);
    } else {
      this.#watch?.end();
      this.#watch = undefined;
    }
  }
}

const sights = new WeakMap<Account, Sight>();

/** Watches people for as long as the element is in view. */
export function useWatched(element: RefObject<Element | null>, userIds: readonly string[]): void {
  const account = useAccount();
  const key = userIds.join();
  useEffect(() => {
    if (element.current === null || key === "") return undefined;
    const sight = sights.get(account) ?? new Sight(account);
    sights.set(account, sight);
    return sight.show(element.current, key.split(","));
  }, [account, element, key]);
}

/** The presence of a user whom this page watches. */
export function usePresence(userId: string): UserPresence {
  return useObservable(useAccount().presence.of(userId));
}

/** How many of them are online. */
export function useOnlineCount(userIds: readonly string[]): number {
  const { presence } = useAccount();
  const key = userIds.join();
  const states = useMemo(() => key.split(",").map((id) => presence.of(id)), [presence, key]);
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = states.map((state) => state.subscribe(listener));
      return () => ends.forEach((end) => end());
    },
    [states],
  );
  return useSyncExternalStore(
    subscribe,
    () => states.filter((state) => state.getSnapshot().status === "online").length,
  );
}
