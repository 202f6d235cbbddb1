/**
 * Owns whom a text can mention. The members of a small group are known. Of a large one the server is asked while a name is typed for those whom it may become. For a
 * handle that is written out and that this page has not met, the SDK asks before the text is sent.
 */
import { useEffect, useMemo, useState } from "react";
import {
  type Conversation,
  type ConversationHandle,
  type Member,
  type MentionQuery,
  type Page,
  type User,
} from "parley-sdk";
import { useSettled } from "../browser/observe.ts";
import { usePeople } from "../people/people.ts";
import { allHandle, handlesBeyond, type Mentioned, mentionedIn, mentionsAllIn } from "./sending.ts";

const settleMs = 120;
const foundMax = 10;
/** Who joins later is found after this. */
const keptMs = 60_000;

type Known = readonly User[];

/** The members of one large group that this page has met. */
class Met {
  readonly #members: (query: string) => Promise<Page<Member>>;
  readonly #byHandle = new Map<string, User>();
  readonly #asked = new Map<string, Promise<void>>();

  constructor(members: (query: string) => Promise<Page<Member>>) {
    this.#members = members;
  }

  get all(): Known {
    return [...this.#byHandle.values()];
  }

  learn(users: Known): void {
    for (const user of users) if (user.handle !== null) this.#byHandle.set(user.handle, user);
  }

  /** Asks for those whose handle or name begins so. A question that failed is asked again. */
  find(query: string): Promise<void> {
    const asked =
      this.#asked.get(query) ??
      this.#members(query).then(
        ({ items }) => {
          this.learn(items.map(({ user }) => user));
          setTimeout(() => this.#asked.delete(query), keptMs);
        },
        () => void this.#asked.delete(query),
      );
    this.#asked.set(query, asked);
    return asked;
  }
}

const metIn = new WeakMap<ConversationHandle, Met>();

export interface Mentionable {
  /** Those who may be offered. */
  readonly offered: Known;
  /** Whether all members can be mentioned at once. */
  readonly mayAll: boolean;
  /** Whom a text mentions. */
  readonly in: (text: string) => Mentioned;
}

/** `query`: what is being typed after an `@`, or null. */
export function useMentionable(
  conversation: ConversationHandle,
  details: Conversation | undefined,
  query: MentionQuery | null = null,
): Mentionable {
  const people = usePeople();
  const members = useMemo(() => (details?.members ?? []).map(({ user }) => user), [details]);
  const isLarge = details?.mode === "large";
  // Before the details are there, nobody is known.
  const isWhole = details?.mode === "small";
  const met = useMemo(() => {
    const known =
      metIn.get(conversation) ??
      new Met(async (asked) => {
        const page = await conversation.members({ query: asked, limit: foundMax });
        people.learn(page.items.map(({ user }) => user));
        return page;
      });
    metIn.set(conversation, known);
    return known;
  }, [conversation, people]);
  const [found, setFound] = useState<Known>([]);
  const typed = useSettled(isLarge && query !== null ? query.typed : "", settleMs);
  useEffect(() => {
    if (isLarge) met.learn(members);
  }, [met, isLarge, members]);
  useEffect(() => {
    if (typed !== "") void met.find(typed).then(() => setFound(met.all));
  }, [met, typed]);
  const mayAll = details?.kind === "group" && details.me.role !== "member";
  return useMemo(
    () => ({
      mayAll,
      offered: isLarge
        ? [...members, ...found.filter(({ id }) => members.every((member) => member.id !== id))]
        : members,
      in: (text: string) => {
        const known = isWhole ? members : met.all;
        const mentionsAll = mayAll && mentionsAllIn(text, known);
        const beyond = isWhole ? [] : handlesBeyond(text, known);
        return {
          mentions: mentionedIn(text, known),
          mentionHandles: mentionsAll ? beyond.filter((handle) => handle !== allHandle) : beyond,
          mentionsAll,
        };
      },
    }),
    [mayAll, isLarge, isWhole, members, found, met],
  );
}
