/** Owns what the open conversation knows beside its history: why the user cannot write in it, a message that is answered or edited, its members as people. */
import { t } from "@lingui/core/macro";
import { useLayoutEffect } from "react";
import type { Conversation, ConversationHandle, Message, Observable } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { nameOf } from "../names/names.ts";
import { useBlocked, usePeople } from "../people/people.ts";

/** Why the user cannot write here; null if they can. */
export function useBarred(conversation: ConversationHandle, details: Conversation | undefined): string | null {
  const summary = useObservable(conversation.summary);
  const live = useObservable(conversation.live);
  const blocked = useBlocked();
  const peer = details?.peer ?? summary?.peer;
  if (summary?.left === true || live === "gone") return t`You are no longer a member of this group.`;
  if (peer?.deleted === true) return t`This account was deleted.`;
  if (peer === undefined || blocked?.some(({ id }) => id === peer.id) !== true) return null;
  const name = nameOf(peer);
  return t`You have blocked ${name}. Unblock them to write.`;
}

const nothing: Observable<undefined> = { subscribe: () => () => undefined, getSnapshot: () => undefined };

/** Undefined until it is known; `seq` null: there is none. */
export function useMessage(conversation: ConversationHandle, seq: number | null): Message | undefined {
  return useObservable<Message | undefined>(seq === null ? nothing : conversation.message(seq));
}

/** The names of members come with the details: nobody has to ask for them. */
export function useLearnedMembers(details: Conversation | undefined): void {
  const people = usePeople();
  // In a layout effect, for it has to come before the effects that ask the server for people who are not known.
  useLayoutEffect(() => {
    if (details === undefined) return;
    people.learn([
      ...(details.members ?? []).map(({ user }) => user),
      ...(details.peer === undefined ? [] : [details.peer]),
    ]);
  }, [people, details]);
}
