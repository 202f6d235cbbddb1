import { describe, expect, it } from "vitest";
import { ParleyError } from "../../../client/index.ts";
import { LiveLink } from "../../../client/conversation/live-link.ts";
import type { ConversationSync } from "../../../client/sync/conversation-sync.ts";
import { Timeline } from "../../../client/timeline/timeline.ts";
import { ConversationModel, modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import { FakeNetwork } from "../../rig/client/socket-pair.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

/** A live link whose timeline is real, and whose HTTP is a list of what was asked. */
function rig() {
  const clock = new WoundClock();
  const network = new FakeNetwork();
  const model = new ConversationModel();
  const timeline = new Timeline();
  const asked: string[] = [];
  const state = { catchUpError: undefined as ParleyError | undefined, mayTry: true, gone: 0 };
  const sync: Pick<ConversationSync, "load" | "bringUpToDate" | "catchUp" | "noteHead" | "meetEpoch" | "timeline"> = {
    timeline,
    load: () => Promise.resolve(),
    bringUpToDate: () => {
      timeline.pageAsked();
      timeline.page(model.page("newest", 50), "newest");
      return Promise.resolve();
    },
    catchUp: () => {
      asked.push("changes");
      return state.catchUpError === undefined ? Promise.resolve() : Promise.reject(state.catchUpError);
    },
    noteHead: (head) => timeline.noteHead(head),
    meetEpoch: (epoch) => void timeline.meetEpoch(epoch),
  };
  const live: LiveLink = new LiveLink({
    clock,
    random: () => 0.5,
    sync,
    open: (at, listen) => {
      listen(new network.WebSocket(`ws://x/live?rev=${at.rev}`, []));
      return Promise.resolve();
    },
    renew: () => Promise.resolve(),
    mayTry: () => state.mayTry,
    onHello: () => undefined,
    onFrame: (frame, place) => {
      if (frame.type === "message")
        timeline.feed({ ...place, rev: frame.message.rev, messages: [frame.message], notices: [] }, true);
      if (frame.type === "change")
        timeline.feed({ ...place, rev: frame.rev, messages: frame.messages ?? [], notices: frame.notices ?? [] });
    },
    onGone: () => {
      state.gone++;
      live.gone();
    },
  });
  const hello = (behind = false) => ({
    type: "hello",
    conversationId: modelConversation,
    epoch: "e1",
    head: model.head,
    members: [],
    behind,
  });
  /** What the server sends of the changes after `rev`: each message once, at its last rev. */
  const missed = (rev: number) => {
    const page = model.changes(rev, false, 500);
    return page.messages.map((message) =>
      model.frames[message.rev - 1]?.isNew === true
        ? { type: "message", message }
        : { type: "change", conversationId: modelConversation, rev: message.rev, messages: [message] },
    );
  };
  return { clock, network, model, timeline, asked, state, live, hello, missed };
}

describe("the live socket of a conversation", () => {
  it("resumes where the timeline is, and takes jumps of rev in what was missed for what they are", async () => {
    const { live, network, model, timeline, hello, missed, asked } = rig();
    for (let i = 0; i < 3; i++) model.send(i);
    live.start();
    await settled();
    expect(network.last.url.searchParams.get("rev")).toBe("3");
    for (let i = 0; i < 4; i++) model.send(i);
    model.edit(5);
    model.unsend(2);
    network.last.accept();
    network.last.say([hello(), ...missed(3)]);
    expect(live.status.getSnapshot()).toBe("live");
    expect(timeline.facts.rev).toBe(9);
    expect(timeline.isBehind).toBe(false);
    expect([...timeline.messages.values()].sort((a, b) => a.seq - b.seq)).toEqual([...model.messages.values()]);
    expect(asked).toEqual([]);
    // From then on a jump is a gap.
    model.send(0);
    model.send(1);
    network.last.say({ type: "message", message: model.messages.get(9) });
    expect(timeline.isBehind).toBe(true);
    expect(timeline.facts.rev).toBe(9);
  });

  it("pages what it missed when that is too much for frames", async () => {
    const { live, network, hello, asked } = rig();
    live.start();
    await settled();
    network.last.accept();
    network.last.say(hello(true));
    expect(asked).toEqual(["changes"]);
  });

  it("asks over HTTP why an upgrade failed, and comes back unless that says why not", async () => {
    const { live, network, asked, state, clock } = rig();
    live.start();
    await settled();
    network.last.end(1006);
    await settled();
    expect(asked).toEqual(["changes"]);
    expect(live.status.getSnapshot()).toBe("indirect");
    await clock.wind(500);
    expect(network.sockets.length).toBe(2);
    state.catchUpError = new ParleyError({ code: "not_found", detail: "" });
    network.last.end(1006);
    await clock.wind(600_000);
    expect(network.sockets.length).toBe(2);
  });

  it("is over when the user is removed, until they are back", async () => {
    const { live, network, hello, state, clock } = rig();
    live.start();
    await settled();
    network.last.accept();
    network.last.say(hello());
    network.last.end(4403);
    await clock.wind(600_000);
    expect(state.gone).toBe(1);
    expect(live.status.getSnapshot()).toBe("gone");
    expect(network.sockets.length).toBe(1);
    live.back();
    live.start();
    await settled();
    expect(network.sockets.length).toBe(2);
  });

  it("does not try where sockets do not get through, until they do", async () => {
    const { live, network, state, clock } = rig();
    state.mayTry = false;
    live.start();
    await clock.wind(60_000);
    expect(network.sockets.length).toBe(0);
    expect(live.status.getSnapshot()).toBe("indirect");
    state.mayTry = true;
    live.wake();
    await settled();
    expect(network.sockets.length).toBe(1);
  });

  it("leaves nothing behind when the conversation leaves the screen", async () => {
    const { live, network, hello, clock } = rig();
    live.start();
    await settled();
    network.last.accept();
    network.last.say(hello());
    live.stop();
    expect(network.last.closedByClient).toBe(1000);
    expect(clock.pending).toBe(0);
    expect(live.status.getSnapshot()).toBe("closed");
  });
});
