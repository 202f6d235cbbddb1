/**
 * Owns the small acts that a program without a page makes: those that are one call about one message. The others change a row or what is hidden, which a page has to be told
 * by the answer; they are left to the next one.
 */
import { closePoll, putVote } from "../../schema/http/conversation/polls.ts";
import { deletePin, deleteStar, putPin, putStar } from "../../schema/http/conversation/marks.ts";
import { deleteReaction, putReaction, unsendMessage } from "../../schema/http/conversation/messages.ts";
import type { Act, ActOf } from "../act.ts";
import type { Api } from "../session/api.ts";

type SingleCall = ActOf<"react" | "vote" | "unsend" | "close-poll" | "pin" | "star">;

export function isSingleCall(act: Act): act is SingleCall {
  return "seq" in act;
}

export async function callOf(act: SingleCall, api: Api): Promise<void> {
  const { conversationId, seq } = act;
  const params = { conversationId, seq };
  switch (act.kind) {
    case "react": {
      const ask = { params: { ...params, emoji: act.emoji } };
      await (act.on ? api.call(putReaction, ask) : api.call(deleteReaction, ask));
      return;
    }
    case "vote":
      await api.call(putVote, { params, body: { options: act.options } });
      return;
    case "unsend":
      await api.call(unsendMessage, { params });
      return;
    case "close-poll":
      await api.call(closePoll, { params });
      return;
    case "pin":
      await (act.on ? api.call(putPin, { params }) : api.run(deletePin, { params }));
      return;
    case "star":
      await api.run(act.on ? putStar : deleteStar, { params });
  }
}
