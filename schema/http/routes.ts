/** Owns the list of all HTTP calls; the gateway mounts it, the OpenAPI document and the tests walk it. */
import * as accounts from "./account/accounts.ts";
import * as attachments from "./conversation/attachments.ts";
import * as conversations from "./conversation/conversations.ts";
import * as exports from "./export.ts";
import * as links from "./link-previews.ts";
import * as marks from "./conversation/marks.ts";
import * as me from "./account/me.ts";
import * as messages from "./conversation/messages.ts";
import * as operations from "./operations.ts";
import * as passkeys from "./account/passkeys.ts";
import * as polls from "./conversation/polls.ts";
import * as presence from "./presence.ts";
import * as push from "./push.ts";
import * as reports from "./reports.ts";
import * as search from "./search.ts";
import * as sessionLinks from "./account/session-links.ts";
import type { Route } from "./route.ts";
import * as uploads from "./uploads.ts";
import * as users from "./users.ts";

export const routes: readonly Route[] = [
  accounts,
  sessionLinks,
  me,
  passkeys,
  users,
  reports,
  presence,
  push,
  conversations,
  messages,
  polls,
  marks,
  attachments,
  uploads,
  exports,
  search,
  links,
  operations,
].flatMap((module) => Object.values(module).filter(isRoute));

function isRoute(value: unknown): value is Route {
  return typeof value === "object" && value !== null && "method" in value && "path" in value && "answers" in value;
}
