/** Owns a conversation on screen: header, history, composer, and the panel beside them. */
import { type JSX, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Conversation, ConversationHandle, Message, User } from "../../client/index.ts";
import { useAccount } from "../app/account-context.ts";
import { useObservable } from "../app/observe.ts";
import { useOpenDialog } from "../app/open-dialog.ts";
import { hashOf } from "../app/route.ts";
import { nameOf } from "../people/names.ts";
import { useBlocked, usePeople } from "../people/people.ts";
import { Confirm } from "../ui/dialog.tsx";
import { useAttempt } from "../ui/toast.tsx";
import { ActionsContext, type ConversationActions } from "./actions.ts";
import { Announcer } from "./announcer.tsx";
import { Composer } from "./composer.tsx";
import { DraftKeeper } from "./drafts.ts";
import { ConversationHeader } from "./header.tsx";
import { ConversationPanel } from "./panel.tsx";
import { TimelineView, type TimelineControl } from "./timeline.tsx";
import { TypingLine } from "./typing-line.tsx";

export function ConversationPane({ conversationId }: { conversationId: string }): JSX.Element {
  const account = useAccount();
  const conversation = account.conversation(conversationId);
  const summary = useObservable(conversation.summary);
  const details = useObservable(conversation.details);
  const live = useObservable(conversation.live);
  const openDialog = useOpenDialog();
  const attempt = useAttempt();
  const keeper = useMemo(() => new DraftKeeper(account, conversationId), [account, conversationId]);
  const [initial] = useState(() => keeper.load());
  const [answeredSeq, setAnsweredSeq] = useState(initial.replyTo);
  const [edited, setEdited] = useState<Message | null>(null);
  const [unsending, setUnsending] = useState<Message | null>(null);
  const [isPanelOpen, setIsPanelOpen] = useState(false);
  const control = useRef<TimelineControl>(null);
  const answered = useMessage(conversation, answeredSeq);

  // Who was removed and is let in again while looking: opened anew.
  const isLeft = summary?.left === true;
  useEffect(() => (isLeft ? undefined : conversation.open()), [conversation, isLeft]);
  useLearnedMembers(details);
  const isMarked = summary?.markedUnread === true;
  useEffect(() => {
    if (isMarked) attempt(() => account.inbox.patch(conversationId, { markedUnread: false }));
    // Only what was marked before it was opened: marking it while it is open is meant.
    // eslint-disable-next-line react/exhaustive-deps
  }, [conversationId]);

  const isGroup = (details?.kind ?? summary?.kind) === "group";
  const barred = useBarred(conversation, details);
  const canWrite = barred === null;
  const edit = useCallback(
    (message: Message) => {
      if (message.truncated !== true) setEdited(message);
      else attempt(async () => setEdited(await conversation.whole(message.seq)));
    },
    [conversation, attempt],
  );

  const actions = useMemo<ConversationActions>(() => {
    const members = new Map<string, User>(details?.members?.map(({ user }) => [user.id, user]));
    return {
      conversation,
      details,
      isGroup,
      canWrite,
      reply: (message) => {
        setEdited(null);
        setAnsweredSeq(message.seq);
      },
      edit,
      unsend: setUnsending,
      jump: (seq) => control.current?.jump(seq),
      showPerson: (userId) => openDialog({ kind: "person", userId }),
      memberOf: (userId) => members.get(userId) ?? (details?.peer?.id === userId ? details.peer : undefined),
    };
  }, [conversation, details, isGroup, canWrite, edit, openDialog]);

  const editLatest = () => {
    const entry = conversation.timeline
      .getSnapshot()
      .entries.findLast((each) => each.kind === "message" && each.isOwn && each.message.unsentAt === null);
    if (entry?.kind === "message") edit(entry.message);
  };

  if (summary === undefined && details === undefined && live === "gone") return <Unknown />;
  return (
    <ActionsContext value={actions}>
      <main className="pane" aria-label="Conversation">
        <ConversationHeader isPanelOpen={isPanelOpen} onTogglePanel={() => setIsPanelOpen(!isPanelOpen)} />
        <TimelineView control={control} />
        <TypingLine />
        <Announcer />
        {canWrite ? (
          <Composer
            keeper={keeper}
            initialText={initial.text}
            answeredSeq={answeredSeq}
            answered={answered}
            edited={edited}
            onAnswer={setAnsweredSeq}
            onEditEnd={() => setEdited(null)}
            onSent={() => control.current?.toEnd()}
            onEditLatest={editLatest}
          />
        ) : (
          <p className="composer-barred">{barred}</p>
        )}
      </main>
      {isPanelOpen && <ConversationPanel onClose={() => setIsPanelOpen(false)} />}
      {unsending !== null && (
        <Confirm
          title="Unsend the message?"
          text="It is erased for everybody in this conversation."
          action="Unsend"
          onConfirm={() => attempt(() => conversation.unsend(unsending.seq))}
          onClose={() => setUnsending(null)}
        />
      )}
    </ActionsContext>
  );
}

/** Why nothing can be written here, null where it can. */
function useBarred(conversation: ConversationHandle, details: Conversation | undefined): string | null {
  const summary = useObservable(conversation.summary);
  const live = useObservable(conversation.live);
  const blocked = useBlocked();
  const peer = details?.peer ?? summary?.peer;
  if (summary?.left === true || live === "gone") return "You are no longer a member of this group.";
  if (peer?.deleted === true) return "This account was deleted.";
  if (peer !== undefined && blocked?.some(({ id }) => id === peer.id) === true)
    return `You have blocked ${nameOf(peer)}. Unblock them to write.`;
  return null;
}

function useMessage(conversation: ConversationHandle, seq: number | null): Message | null {
  const { entries } = useObservable(conversation.timeline);
  return useMemo(() => {
    if (seq === null) return null;
    const entry = entries.find((each) => each.kind === "message" && each.message.seq === seq);
    return entry?.kind === "message" ? entry.message : null;
  }, [entries, seq]);
}

function useLearnedMembers(details: Conversation | undefined): void {
  const people = usePeople();
  useEffect(() => {
    if (details === undefined) return;
    people.learn([
      ...(details.members ?? []).map(({ user }) => user),
      ...(details.peer === undefined ? [] : [details.peer]),
    ]);
  }, [people, details]);
}

function Unknown(): JSX.Element {
  return (
    <main className="pane pane-empty">
      <p>There is no such conversation here.</p>
      <a className="button" href={hashOf({ at: "inbox" })}>
        Back to the chats
      </a>
    </main>
  );
}
