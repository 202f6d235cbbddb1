/** The door of the SDK: everything that a program may use, and nothing else. In browsers, `storage-indexed-db.ts` beside it. */
export { createParley } from "./parley.ts";
export { memoryStorage } from "./storage/storage-memory.ts";
export { ParleyError, type ParleyErrorCode } from "./errors.ts";
export type {
  ReportAbout,
  ReportReason,
  Account,
  Connection,
  ConnectionState,
  ConnectionStatus,
  Credentials,
  GroupAsk,
  Inbox,
  InboxState,
  NewAccount,
  Parley,
} from "./contract/account.ts";
export type {
  AttachmentFile,
  Attachments,
  AttachmentSource,
  AttachmentVariant,
  MessageUploads,
  PendingAttachment,
  SharedMedia,
  SharedMediaAsk,
  UploadProgress,
  UploadState,
} from "./contract/conversation/attachments.ts";
export type { CallOptions, Page, PageAsk } from "./contract/page.ts";
export type { Mention, SearchAsk, SearchHit, SearchPage } from "./contract/search.ts";
export type {
  ChainCheck,
  ConversationHandle,
  FillOptions,
  HistoryWindow,
  Hole,
  LiveStatus,
  MembersAsk,
  PendingEdit,
  PendingMessage,
  Receipts,
  SendOptions,
  Timeline,
  TimelineEntry,
  VerifyOptions,
  WholeCheck,
  WindowState,
} from "./contract/conversation/conversation.ts";
export type {
  ConversationEvent,
  IncomingMessage,
  ListenOptions,
  MessageEvent,
  NoticeEvent,
} from "./contract/events.ts";
export type { Acting } from "./contract/conversation/acting.ts";
export type { Deletion, HiddenMessages, Hiding } from "./contract/conversation/hiding.ts";
export type { Observable } from "./contract/observable.ts";
export type { Polling, PollQuestion, VotersAsk } from "./contract/conversation/polls.ts";
export type { Presence, PresenceWatch, UserPresence } from "./contract/presence.ts";
export type {
  Channel,
  Clock,
  CommonGround,
  Fetch,
  LogEntry,
  LocksLike,
  OpenChannel,
  ParleyOptions,
  SocketConstructor,
  SocketLike,
  Wakeups,
} from "./contract/platform.ts";
export type { Push, PushAddress } from "./contract/push.ts";
export type {
  AskingDevice,
  MakePasskey,
  NewDevice,
  NewPasskey,
  OwnerProof,
  Passkey,
  PasskeyAnswer,
  PasskeyCreation,
  PasskeyRequest,
  Security,
  SecurityState,
  SecondFactor,
  SecondFactorAsk,
  ShownLink,
  UsePasskey,
} from "./contract/security.ts";
export type { BlobStorage, KeyRange, Storage, StorageCondition, StorageWrite, Stored } from "./contract/storage.ts";
export type { OpenTabs } from "./contract/tabs.ts";
export { fold, holdsFolded } from "../core/text/fold.ts";
export {
  blocksOf,
  type TextBlock,
  type TextInline,
  type TextMark,
  type TextStretch,
  unmarked,
} from "../core/text/formatting.ts";
export { shortText, votersOf } from "../core/polls/poll.ts";
export { isFoundBy, queryWords } from "../core/text/name-words.ts";
export { handlesIn, type MentionQuery, mentionQueryAt, type TextSpan, textSpans } from "../core/text/text-spans.ts";
export { mutedForEver } from "../schema/http/conversation/conversations.ts";
export { reportLimits } from "../schema/bounds/reports.ts";
export { uploadLimits } from "../schema/bounds/uploads.ts";
export { limits } from "../schema/limits.ts";
export { type AccountPage, type AppPage, isAccountPage, pageAt, pathOfPage, type Start } from "../schema/pages.ts";
export { cleanText, codePoints, isBlank, trimmed } from "../schema/text.ts";
export type { ErrorCode, Retry } from "../schema/errors.ts";
export type { Device } from "../schema/http/account/accounts.ts";
export type {
  ConversationPatch,
  Invite,
  InviteDraft,
  InvitePreview,
  ListedInvite,
  SummaryPatch,
} from "../schema/http/conversation/conversations.ts";
export type { LinkPreview } from "../schema/http/link-previews.ts";
export type { Folder, Me, MePatch, Settings, SettingsPatch } from "../schema/http/account/me.ts";
export type { Block, Contact } from "../schema/http/users.ts";
export type { Conversation, Member } from "../schema/wire/conversation.ts";
export type { Attachment, AttachmentKind } from "../schema/wire/attachment.ts";
export type { Summary } from "../schema/wire/inbox.ts";
export type { Ack, Message, Notice, Policy, Reaction, Role } from "../schema/wire/message.ts";
export type { Poll } from "../schema/wire/poll.ts";
export type { User } from "../schema/wire/user.ts";
