/** What the platform binds to the Worker and its objects: the code's side of wrangler.toml. */
import type { ConversationCalls } from "../../contract/conversation-calls.ts";
import type { RelayCalls } from "../../contract/delivery/relay-calls.ts";
import type { UserCalls } from "../../contract/user-calls.ts";

/** A namespace of objects. Others know no more of them than these calls. */
type Objects<Interface> = DurableObjectNamespace<Interface & Rpc.DurableObjectBranded>;

export interface Env {
  readonly USERS: Objects<UserCalls>;
  readonly CONVERSATIONS: Objects<ConversationCalls>;
  readonly RELAYS: Objects<RelayCalls>;

  /** Shards of the directory: DIRECTORY_0 … DIRECTORY_(DIRECTORY_SHARDS - 1). */
  readonly [shard: `DIRECTORY_${number}`]: D1Database;
  readonly DIRECTORY_SHARDS: string;
  /** Which of them has which virtual shards, and which of those are being moved: see schema/tables/directory-shards.ts. */
  readonly DIRECTORY_MAP?: string;
  readonly DIRECTORY_FROZEN?: string;

  readonly ARCHIVE: R2Bucket;
  readonly MEDIA: R2Bucket;
  readonly PUSH_QUEUE: Queue;
  readonly FANOUT_QUEUE: Queue;
  readonly ARCHIVE_QUEUE: Queue;
  readonly MEDIA_QUEUE: Queue;

  readonly RATE_LIMIT_ADDRESS: RateLimit;
  readonly RATE_LIMIT_USER: RateLimit;
  readonly RATE_LIMIT_LINK_PREVIEWS: RateLimit;
  readonly RATE_LIMIT_LINK_FETCHES: RateLimit;
  readonly ASSETS: Fetcher;
  /** Where `npm start` runs the server: a way out that connects to public addresses alone. */
  readonly PUBLIC_WEB?: Fetcher;
  readonly VERSION: WorkerVersionMetadata;

  /** Secrets: 32 random bytes each, base64url; VAPID keys as `web-push` makes them. */
  readonly TOKEN_SECRET: string;
  readonly ID_SECRET: string;
  readonly VAPID_PUBLIC_KEY: string;
  readonly VAPID_PRIVATE_KEY: string;
  readonly VAPID_SUBJECT: string;
  /** Earlier VAPID keys, which the subscriptions that were made with them need: "public:private", separated by commas. */
  readonly VAPID_OLD_KEYS?: string;
  /** The JSON file of a Firebase service account. Without it native apps get no pushes. */
  readonly FCM_SERVICE_ACCOUNT?: string;
  /** For tests: a server in the place of Firebase. */
  readonly FCM_URL?: string;

  /** Opens the operator's doors, for imports and dead letters; at least 32 characters. Without it there are none. */
  readonly OPERATOR_SECRET?: string;

  /** Lists separated by commas; empty = none. */
  readonly ALLOWED_ORIGINS: string;
  readonly PUSH_HOSTS: string;
  /** For tests: hosts whose pages may be previewed though they are not public. */
  readonly LINK_HOSTS?: string;
  /** An origin of its own from which files and pictures are served, such as "https://media.example.com"; without it the server's own. */
  readonly MEDIA_ORIGIN?: string;
  /** Bytes that a user may declare in uploads of one day, in place of the built-in number. */
  readonly UPLOAD_QUOTA_BYTES?: string;
  /** A program that looks at completed files and says which are withheld; without it there is none. */
  readonly PARLEY_SCAN_URL?: string;

  /** "on" or "off". */
  readonly PARLEY_RATE_LIMITS: string;
  readonly PARLEY_COST_METER: string;
  /** "on" where `npm start` runs the server: it is one process, and its threads live as long as it does. */
  readonly PARLEY_LOCAL?: string;
  /** For tests on a local server: "on" gives new passwords a hash that costs little. */
  readonly PARLEY_LIGHT_PASSWORDS?: string;
  /** For tests on a local server: how many live sockets of a large group one object holds. */
  readonly PARLEY_RELAY_SOCKETS?: string;
}
