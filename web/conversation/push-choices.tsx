/** Owns what is pushed of one conversation: all messages, mentions, or none, and a mute for a while. In the menu of its header, and in its panel. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { mutedForEver, type Summary, type SummaryPatch } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { useNow } from "../browser/observe.ts";
import { useActions } from "./actions.ts";
import { IconButton } from "../ui/button.tsx";
import { Menu, MenuChoices, MenuItem, MenuLine } from "../ui/menu.tsx";
import { fullTime } from "../texts/time.ts";
import { useAttempt } from "../ui/toast.tsx";

const hourMs = 3_600_000;

const notifyChoices = () =>
  [
    ["all", t`All messages`],
    ["mentions", t`Mentions of you and answers to you`],
    ["none", t({ message: "Nothing", context: "notifications" })],
  ] as const;

/** How long, as an item of a menu, and as a button below the word "Mute". */
const muteChoices = () =>
  [
    [hourMs, t`Mute for 1 hour`, t`For 1 hour`],
    [8 * hourMs, t`Mute for 8 hours`, t`For 8 hours`],
    [7 * 24 * hourMs, t`Mute for a week`, t`For a week`],
    [null, t`Mute always`, t({ message: "Always", context: "mute" })],
  ] as const;

interface Chosen {
  readonly row: Summary;
  readonly isMuted: boolean;
  readonly choose: (patch: SummaryPatch) => void;
  /** null: for ever. */
  readonly mute: (ms: number | null) => void;
}

/** undefined where nothing can be chosen: a chat with oneself, or one that the user has left, pushes nothing. */
function useChosen(): Chosen | undefined {
  const account = useAccount();
  const { conversation } = useActions();
  const row = useObservable(conversation.summary);
  const attempt = useAttempt();
  const now = useNow(60_000, account.presence.now);
  if (row === undefined || row.left || (row.kind === "dm" && (row.peer?.id ?? account.userId) === account.userId))
    return undefined;
  const choose = (patch: SummaryPatch) => attempt(() => account.inbox.patch(row.conversationId, patch));
  return {
    row,
    isMuted: row.mutedUntil !== null && row.mutedUntil > now,
    choose,
    mute: (ms) => choose({ mutedUntil: ms === null ? mutedForEver : account.presence.now() + ms }),
  };
}

export function ChatNotifyMenu(): JSX.Element | null {
  const chosen = useChosen();
  if (chosen === undefined) return null;
  const { row, isMuted, choose, mute } = chosen;
  const isQuiet = isMuted || row.notify === "none";
  return (
    <Menu
      label={t`Notifications`}
      trigger={<IconButton icon={isQuiet ? "bellOff" : "bell"} label={t`Notifications of this chat`} />}
    >
      <MenuChoices
        label={t`Notify me of`}
        choices={notifyChoices()}
        value={row.notify}
        onChoose={(notify) => choose({ notify })}
      />
      <MenuLine />
      {isMuted ? (
        <MenuItem onSelect={() => choose({ mutedUntil: null })}>{t`Unmute`}</MenuItem>
      ) : (
        muteChoices().map(([ms, text]) => (
          <MenuItem key={text} onSelect={() => mute(ms)}>
            {text}
          </MenuItem>
        ))
      )}
    </Menu>
  );
}

export function ChatNotifySection(): JSX.Element | null {
  const chosen = useChosen();
  if (chosen === undefined) return null;
  const { row, isMuted, choose, mute } = chosen;
  return (
    <section className="chat-notify" aria-label={t`Notifications of this chat`}>
      <fieldset className="chat-notify-choices">
        <legend>{t`Notify me of`}</legend>
        {notifyChoices().map(([value, text]) => (
          <label key={value} className="choice-line">
            <input
              type="radio"
              name="notify"
              value={value}
              checked={row.notify === value}
              onChange={() => choose({ notify: value })}
            />
            {text}
          </label>
        ))}
      </fieldset>
      {isMuted ? (
        <>
          <p className="quiet">{mutedText(row)}</p>
          <div className="chat-mutes">
            <button type="button" className="button" onClick={() => choose({ mutedUntil: null })}>
              {t`Unmute`}
            </button>
          </div>
        </>
      ) : (
        <fieldset className="chat-notify-choices">
          <legend>{t({ message: "Mute", context: "verb" })}</legend>
          <div className="chat-mutes">
            {muteChoices().map(([ms, , text]) => (
              <button key={text} type="button" className="button" onClick={() => mute(ms)}>
                {text}
              </button>
            ))}
          </div>
        </fieldset>
      )}
    </section>
  );
}

function mutedText({ mutedUntil }: Summary): string {
  if (mutedUntil === null || mutedUntil >= mutedForEver)
    return t`Muted. Nothing of this chat is notified, mentions neither.`;
  const end = fullTime(mutedUntil);
  return t`Muted until ${end}. Nothing of this chat is notified, mentions neither.`;
}
