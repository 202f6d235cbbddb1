/**
 * Owns whom a text mentions by a handle that its writer's device does not know. The server is asked when there is a network, and the text is sent after that. What
 * is asked for is bounded, so that no text waits for ever: a handle that no member has stays plain text.
 */
import { z } from "zod";
import { listMembers } from "../../schema/http/conversation/conversations.ts";
import { handle as handleForm } from "../../schema/http/account/accounts.ts";
import { clientHolds } from "../../schema/bounds/client.ts";
import { limits } from "../../schema/limits.ts";
import { faultOf, type ParleyError } from "../errors.ts";
import type { Api } from "../session/api.ts";
import type { Clock } from "../contract/platform.ts";

/** As it is stored with an unsent text. Entries of older versions lack both. */
export const namingForm = {
  handles: z.array(z.string()).catch([]),
  found: z.array(z.string()).nullable().catch(null),
};

export interface Naming {
  /** The handles whose users are to be asked for. */
  readonly handles: readonly string[];
  /** The members who have them; null until the server has said it. */
  readonly found: readonly string[] | null;
}

/** What the server has said of some handles; `fault`: why it could not be asked for all of them. */
export interface Named {
  readonly userIds: readonly string[];
  readonly fault: ParleyError | undefined;
}

/** Whether the server is to be asked before the text is sent. */
export function isNameless({ handles, found }: Naming): boolean {
  return handles.length > 0 && found === null;
}

/** All whom the text mentions. */
export function mentionsWith(mentions: readonly string[], { found }: Naming): readonly string[] {
  return [...new Set([...mentions, ...(found ?? [])])].slice(0, limits.mentionsPerMessageMax);
}

/** The handles as they are stored. What can be no handle is left out, as are those for whom there is no room. */
export function handlesToAsk(given: readonly string[], mentions: readonly string[]): string[] {
  const handles = given.flatMap((each) => handleForm.safeParse(each).data ?? []);
  return [...new Set(handles)].slice(0, Math.max(0, limits.mentionsPerMessageMax - mentions.length));
}

/** One question for some handles of one conversation. It never rejects. */
export async function membersNamed(
  api: Pick<Api, "call">,
  conversationId: string,
  handles: readonly string[],
): Promise<Named> {
  const userIds: string[] = [];
  for (const handle of handles) {
    try {
      const userId = await memberNamed(api, conversationId, handle);
      if (userId !== undefined) userIds.push(userId);
    } catch (error) {
      return { userIds, fault: faultOf(error) };
    }
  }
  return { userIds, fault: undefined };
}

/** The server lists members by prefix in the order in which they joined, so that the one with the whole handle may be on a later page. */
async function memberNamed(
  api: Pick<Api, "call">,
  conversationId: string,
  handle: string,
): Promise<string | undefined> {
  let cursor: string | null = null;
  for (let page = 0; page < clientHolds.handlePagesMax; page++) {
    const query = { q: handle, limit: limits.listPageMax, ...(cursor === null ? {} : { cursor }) };
    const answer: { members: readonly { user: { id: string; handle: string | null } }[]; cursor: string | null } =
      await api.call(listMembers, { params: { conversationId }, query });
    const member = answer.members.find(({ user }) => user.handle === handle);
    if (member !== undefined) return member.user.id;
    cursor = answer.cursor;
    if (cursor === null) return undefined;
  }
  return undefined;
}

export interface NamerParts {
  readonly clock: Pick<Clock, "now">;
  readonly ask: (conversationId: string, handles: readonly string[]) => Promise<Named>;
  /** Whether the server can be reached, as far as is known: of a network that is lost this is known late. */
  readonly isLinked: () => boolean;
}

/** The questions for one text that failed: how many the server answered so, and since when there was no answer though there is a link. */
interface Failures {
  readonly answered: number;
  readonly silentSince: number;
}

export class Namer {
  readonly #parts: NamerParts;
  readonly #failures = new WeakMap<object, Failures>();

  constructor(parts: NamerParts) {
    this.#parts = parts;
  }

  /**
   * Whom the handles of a text name, `of` standing for the text. Throws why it is to be asked again later. Without network that is so for as long as it takes. If
   * there is one and the questions still fail, the text is sent with those who were found.
   */
  async found(of: object, conversationId: string, handles: readonly string[]): Promise<readonly string[]> {
    const { userIds, fault } = await this.#parts.ask(conversationId, handles);
    if (fault !== undefined && fault.retry !== "never" && !this.#isEnough(of, fault)) throw fault;
    return userIds;
  }

  #isEnough(of: object, { status, retry }: ParleyError): boolean {
    const { clock, isLinked } = this.#parts;
    const now = clock.now();
    const { answered, silentSince } = this.#failures.get(of) ?? { answered: 0, silentSince: now };
    const isUnreached = retry === "reauth" || (status === 0 && !isLinked());
    const after = { answered: answered + (status === 0 ? 0 : 1), silentSince: isUnreached ? now : silentSince };
    this.#failures.set(of, after);
    if (isUnreached) return false;
    return after.answered >= clientHolds.handleAsksMax || now - after.silentSince >= clientHolds.handleAskMsMax;
  }
}
