/** Owns what an unsend does to the pin of its message. */
import { withoutPin } from "../../../core/marks/pins.ts";
import type { Seq } from "../../../schema/ids.ts";
import type { SharedDetails } from "../../../schema/wire/change.ts";
import type { Transactor } from "../../shared/platform/database.ts";
import type { State, Store } from "../store.ts";
import { sharedDetailsOf } from "./items.ts";

/** The caller has taken the rev of the unsend. Answers the details that go out with it, where the message was pinned. */
export function unpinUnsent(store: Store, tx: Transactor, state: State, seq: Seq): { conversation?: SharedDetails } {
  const pins = withoutPin(state.facts.pins, seq);
  if (pins === state.facts.pins) return {};
  store.setDetails(tx, state, { pins }, state.head.rev);
  return { conversation: sharedDetailsOf(state) };
}
