/** Owns a conversation on screen: header, history, composer, and the panel beside them. */
import { t } from "@lingui/core/macro";
import { type JSX, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Message, User } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useObservable } from "parley-sdk/react";
import { useOpenDialog } from "../navigation/open-dialog.ts";
import { afterFeedback } from "../browser/after-frame.ts";
import { later } from "../browser/later.tsx";
import { unmarkWords } from "../search/text/marked-words.ts";
import { useFindKey } from "./search/find-key.ts";
import { useBackCloses } from "../navigation/back.ts";
import { useAttempt, useSay } from "../ui/toast.tsx";
import { ActionsContext, type ConversationActions, type MessageAsk } from "./actions.ts";
import { Announcements } from "../ui/announcements.ts";
import { Announcer, type Spoken } from "./announcer.tsx";
import { MessageAsks } from "./asks/message-asks.tsx";
import { ComposerPlace } from "./composer/composer-place.tsx";
import { DraftKeeper } from "./composer/drafts.ts";
import { Subject } from "./composer/subject.ts";
import { ConversationHeader } from "./header.tsx";
import { useBarred, useLearnedMembers } from "./known.ts";
import type { MediaAsk } from "./media-view.tsx";
import { OpenPanel } from "./panel/open-panel.ts";
import { PanelPlace } from "./panel/panel.tsx";
import { PinBar } from "./pins/pin-bar.tsx";
import { typeAhead } from "../shortcuts/typed-ahead.ts";
import { RequestBar } from "./request-bar.tsx";
import { Selected } from "./selected.ts";
import { SelectionBar } from "./selecting/selection-bar.tsx";
import { TimelineView, type TimelineControl } from "./timeline/timeline.tsx";
import { TypingLine } from "./timeline/typing-line.tsx";
import "../people/profile/panel.css";
import "../emoji/emoji.css";
import "./timeline/timeline.css";
import "./message/message.css";
import "./message/bubble.css";
import "./message/text/text.css";
import "./message/attachments/attachments.css";
import "./message/reactions/reactions.css";
import "./selecting/selecting.css";
import "./asks/details.css";
import "./pins/pins.css";
import "./composer/composer.css";
import "./panel/media/shared-media.css";
import "../voice/voice.css";

/** What cannot be fetched closes. */
const closing = { whenMissing: ({ onClose }: { readonly onClose: () => void }) => onClose() };
const ChatSearch = later(async () => (await import("./search/chat-search.tsx")).ChatSearch, closing);
const MediaView = later(async () => (await import("./media-view.tsx")).MediaView, closing);

interface PaneProps {
  readonly conversationId: string;
  /** The message that the address names. */
  readonly target: number | null;
  /** What to show where this account has no such conversation. */
  readonly unknown: JSX.Element;
}

export function ConversationPane({ conversationId, target, unknown }: PaneProps): JSX.Element {
  const account = useAccount();
  const conversation = account.conversation(conversationId);
  const summary = useObservable(conversation.summary);
  const details = useObservable(conversation.details);
  const live = useObservable(conversation.live);
  const openDialog = useOpenDialog();
  const attempt = useAttempt();
  const say = useSay();
  const keeper = useMemo(() => new DraftKeeper(account, conversationId), [account, conversationId]);
  const subject = useMemo(() => new Subject(conversation, keeper), [conversation, keeper]);
  const [ask, setAsk] = useState<MessageAsk | null>(null);
  const [selected] = useState(() => new Selected());
  const [media, setMedia] = useState<MediaAsk | null>(null);
  const [panel] = useState(() => new OpenPanel());
  const [announcements] = useState(() => new Announcements<Spoken>());
  const [isSearchOpen, setIsSearchOpen] = useState(false);
  const searchField = useRef<HTMLInputElement>(null);
  const openSearch = () => {
    if (searchField.current === null) typeAhead("[data-find]");
    setIsSearchOpen(true);
    searchField.current?.focus();
    searchField.current?.select();
  };
  const closeSearch = () => setIsSearchOpen(false);
  useBackCloses(isSearchOpen, closeSearch);
  useFindKey(openSearch);
  const control = useRef<TimelineControl>(null);
  const field = useRef<HTMLTextAreaElement>(null);

  // If the user is removed and added again while the conversation is on screen, it is opened anew.
  const isLeft = summary?.left === true;
  useEffect(() => (isLeft ? undefined : conversation.open()), [conversation, isLeft]);
  useEffect(() => () => unmarkWords(conversationId), [conversationId]);
  useLearnedMembers(details);
  const isMarked = summary?.markedUnread === true;
  useEffect(() => {
    if (isMarked) attempt(() => account.inbox.patch(conversationId, { markedUnread: false }));
    // Only a mark from before the conversation was opened. A mark that is set while it is open stays.
    // eslint-disable-next-line react/exhaustive-deps
  }, [conversationId]);

  const isGroup = (details?.kind ?? summary?.kind) === "group";
  const barred = useBarred(conversation, details);
  const canWrite = barred === null;
  const onlyAdmins = details?.policy.write === "admin" && details.me.role === "member";
  const canSend = canWrite && !onlyAdmins;
  const mayEditGroup = details?.policy.edit === "member" || details?.me.role !== "member";
  const mayPin = canWrite && details !== undefined && (!isGroup || mayEditGroup);
  const startEdit = useCallback(
    (message: Message) => {
      const { seq } = message;
      const pending = conversation.edits.getSnapshot().get(seq);
      // A click on another message does not discard an edit under way.
      if (subject.isEditing) say(t`Save or cancel the edit first.`);
      else if (pending !== undefined) subject.edit({ seq, text: pending.text });
      else if (message.truncated !== true) subject.edit({ seq, text: message.text });
      else attempt(async () => subject.edit({ seq, text: (await conversation.loadFullMessage(seq)).text }));
    },
    [conversation, attempt, say, subject],
  );

  const actions = useMemo<ConversationActions>(() => {
    const members = new Map<string, User>(details?.members?.map(({ user }) => [user.id, user]));
    return {
      conversation,
      details,
      isGroup,
      canWrite,
      canSend,
      mayPin,
      reply: (message) => {
        if (subject.isEditing) {
          say(t`Save or cancel the edit first.`);
          return;
        }
        // At once, for a phone shows its keyboard only in the press itself.
        field.current?.focus();
        afterFeedback(() => {
          subject.edit(null);
          subject.answer(message.seq);
        });
      },
      edit: startEdit,
      ask: setAsk,
      selected,
      jump: (seq) => control.current?.jump(seq),
      announce: (text) => announcements.say(text),
      showPerson: (userId) => openDialog({ kind: "person", userId }),
      showMedia: (seq, attachmentId) => setMedia({ seq, attachmentId }),
      memberOf: (userId) => members.get(userId) ?? (details?.peer?.id === userId ? details.peer : undefined),
    };
  }, [
    conversation,
    details,
    isGroup,
    canWrite,
    canSend,
    mayPin,
    startEdit,
    subject,
    say,
    openDialog,
    announcements,
    selected,
  ]);

  const sent = useCallback(() => control.current?.toEnd(), []);
  const editLatest = useCallback(() => {
    const entry = conversation.timeline
      .getSnapshot()
      .entries.findLast((each) => each.kind === "message" && each.isOwn && each.message.unsentAt === null);
    if (entry?.kind === "message") startEdit(entry.message);
  }, [conversation, startEdit]);

  if (summary === undefined && details === undefined && live === "gone") return unknown;
  return (
    <ActionsContext value={actions}>
      <main className="pane" aria-label={t`Conversation`}>
        <ConversationHeader
          panel={panel}
          isSearchOpen={isSearchOpen}
          onSearch={isSearchOpen ? closeSearch : openSearch}
        />
        {isSearchOpen && <ChatSearch field={searchField} onClose={closeSearch} />}
        <PinBar />
        <TimelineView control={control} target={target} />
        <TypingLine />
        <Announcer announcements={announcements} />
        <RequestBar />
        <SelectionBar />
        <ComposerPlace
          isFirst={target === null}
          barred={barred}
          keeper={keeper}
          subject={subject}
          field={field}
          onSent={sent}
          onEditLatest={editLatest}
        />
      </main>
      <PanelPlace panel={panel} onSearch={openSearch} />
      {media !== null && <MediaView ask={media} onClose={() => setMedia(null)} />}
      {ask !== null && <MessageAsks ask={ask} onClose={() => setAsk(null)} />}
    </ActionsContext>
  );
}
