/** Owns the pages of what a conversation has shared. A page may be empty and yet have more behind it: then the next one is asked for at once. */
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import type { AttachmentKind, ConversationHandle, SharedMedia } from "parley-sdk";
import { useLinks } from "../../../accounts/linked.ts";
import { errorText } from "../../../texts/error-text.ts";

/** Shown at once, and asked for when more is wanted. */
const pageItems = 24;

interface State {
  readonly items: readonly SharedMedia[];
  /** Null at the end; undefined before the first page. */
  readonly cursor: string | null | undefined;
  readonly isBusy: boolean;
  readonly error: string | null;
}

export interface SharedMediaPages {
  readonly items: readonly SharedMedia[];
  readonly isBusy: boolean;
  readonly hasMore: boolean;
  readonly error: string | null;
  readonly more: () => void;
  /** Puts what is newer before the rest. */
  readonly refresh: () => void;
}

/** `kinds` has to be the same array as long as the component lives. */
export function useSharedMedia(conversation: ConversationHandle, kinds: readonly AttachmentKind[]): SharedMediaPages {
  const [state, setState] = useState<State>({ items: [], cursor: undefined, isBusy: true, error: null });
  const abort = useRef<AbortController>(null);

  const load = useCallback(
    async (from: string | null | undefined, signal: AbortSignal) => {
      const found: SharedMedia[] = [];
      let cursor = from;
      try {
        do {
          const page = await conversation.sharedMedia({
            kinds,
            limit: pageItems,
            signal,
            ...(cursor == null ? {} : { cursor }),
          });
          found.push(...page.items);
          cursor = page.cursor;
        } while (cursor !== null && found.length < pageItems);
        return { found, cursor, error: null };
      } catch (error) {
        return { found, cursor, error: errorText(error) };
      }
    },
    [conversation, kinds],
  );

  const begin = useCallback(
    (from: string | null | undefined) => {
      const mine = new AbortController();
      abort.current = mine;
      void load(from, mine.signal).then(({ found, cursor, error }) => {
        if (mine.signal.aborted) return;
        setState((before) => ({ items: [...before.items, ...found], cursor, isBusy: false, error }));
      });
    },
    [load],
  );
  useEffect(() => {
    begin(undefined);
    return () => abort.current?.abort();
  }, [begin]);

  const more = () => {
    if (state.isBusy || state.cursor === null) return;
    setState((before) => ({ ...before, isBusy: true, error: null }));
    begin(state.cursor);
  };
  const refresh = () => {
    const { signal } = (abort.current ??= new AbortController());
    void load(undefined, signal).then(({ found, cursor, error }) => {
      if (signal.aborted || error !== null) return;
      setState((before) => {
        const known = new Set(before.items.map(keyOf));
        const news = found.filter((item) => !known.has(keyOf(item)));
        // If none of the page is known, there may be others between the page and the known ones.
        if (news.length === found.length && cursor !== null) return { ...before, items: found, cursor };
        return { ...before, items: [...news, ...before.items] };
      });
    });
  };
  const links = useLinks();
  const again = useEffectEvent(() => {
    if (state.error !== null) more();
  });
  useEffect(() => {
    const timer = setTimeout(() => again(), 0);
    return () => clearTimeout(timer);
  }, [links]);
  return { ...state, hasMore: state.cursor !== null && !(state.isBusy && state.cursor === undefined), more, refresh };
}

function keyOf({ seq, attachment }: SharedMedia): string {
  return `${seq}/${attachment.id}`;
}
