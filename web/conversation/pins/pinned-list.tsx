/** Owns the list of the pinned messages. Each leads to its place, and can be unpinned by who may. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { useObservable } from "parley-sdk/react";
import { LineText } from "../../names/line-text.tsx";
import { nameOf } from "../../names/names.ts";
import { usePerson } from "../../people/people.ts";
import { fullTime } from "../../texts/time.ts";
import { IconButton } from "../../ui/button.tsx";
import { useAttempt } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";
import { quotedText } from "../message/quote.tsx";
import { type ShownPin, usePins } from "./use-pins.ts";

export function PinnedList({ onLeave }: { onLeave: () => void }): JSX.Element {
  const pins = usePins();
  if (pins.length === 0) return <p className="quiet">{t`Nothing is pinned.`}</p>;
  return (
    <ul className="pinned-list" aria-label={t`Pinned messages`}>
      {pins.map((pin) => (
        <PinnedRow key={pin.seq} pin={pin} onLeave={onLeave} />
      ))}
    </ul>
  );
}

/** In the panel: only where something is pinned. */
export function PinnedSection({ onLeave }: { onLeave: () => void }): JSX.Element | null {
  const { details } = useActions();
  if (details?.pinned === undefined || details.pinned.length === 0) return null;
  return (
    <section aria-label={t`Pinned messages`}>
      <h3 className="panel-title">{t`Pinned messages`}</h3>
      <PinnedList onLeave={onLeave} />
    </section>
  );
}

function PinnedRow({ pin, onLeave }: { pin: ShownPin; onLeave: () => void }): JSX.Element {
  const { conversation, jump, mayPin } = useActions();
  const attempt = useAttempt();
  const message = useObservable(conversation.message(pin.seq)) ?? pin.message;
  const name = nameOf(usePerson(message.senderId));
  return (
    <li className="pinned-row">
      <button
        type="button"
        className="pinned-message"
        onClick={() => {
          onLeave();
          jump(pin.seq);
        }}
      >
        <span className="pin-bar-title">
          <bdi>{name}</bdi> <time dateTime={new Date(message.sentAt).toISOString()}>{fullTime(message.sentAt)}</time>
        </span>
        <span className="pinned-text" dir="auto">
          <LineText text={quotedText(message)} />
        </span>
      </button>
      {mayPin && (
        <IconButton icon="pinOff" label={t`Unpin`} onClick={() => attempt(() => conversation.unpin(pin.seq))} />
      )}
    </li>
  );
}
