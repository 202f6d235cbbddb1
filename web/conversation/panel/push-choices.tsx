/** Owns what is pushed of one conversation: all messages, mentions, or none, and a mute for a while. In the menu of its header, and in its panel. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import type { Summary } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { type ChatActions, useChatActions } from "../../chats/chat-actions.ts";
import { muteChoices, mutedText } from "../../chats/mute-choices.ts";
import { IconButton } from "../../ui/button.tsx";
import { Menu, MenuChoices, MenuItem, MenuLine } from "../../ui/menu.tsx";
import { useActions } from "../actions.ts";
import "../../notifications/notifications.css";

const notifyChoices = () =>
  [
    ["all", t`All messages`],
    ["mentions", t`Mentions of you and answers to you`],
    ["none", t({ message: "Nothing", context: "notifications" })],
  ] as const;

interface ChosenProps {
  readonly row: Summary;
  readonly actions: ChatActions;
}

export function ChatNotifyMenu(): JSX.Element | null {
  return <OfThisChat>{(row, actions) => <NotifyMenu row={row} actions={actions} />}</OfThisChat>;
}

export function ChatNotifySection(): JSX.Element | null {
  return <OfThisChat>{(row, actions) => <NotifySection row={row} actions={actions} />}</OfThisChat>;
}

type Render = (row: Summary, actions: ChatActions) => JSX.Element;

/** Nothing where nothing can be chosen. */
function OfThisChat({ children }: { children: Render }): JSX.Element | null {
  const row = useObservable(useActions().conversation.summary);
  return row === undefined ? null : <OfRow row={row}>{children}</OfRow>;
}

function OfRow({ row, children }: { row: Summary; children: Render }): JSX.Element | null {
  const actions = useChatActions(row);
  return actions.canMute ? children(row, actions) : null;
}

function NotifyMenu({ row, actions }: ChosenProps): JSX.Element {
  const { isMuted, mute, unmute, patch } = actions;
  const isQuiet = isMuted || row.notify === "none";
  return (
    <Menu
      label={t`Notifications`}
      trigger={<IconButton icon={isQuiet ? "bellOff" : "bell"} label={t`Notifications of this chat`} />}
    >
      {() => (
        <>
          <MenuChoices
            label={t`Notify me of`}
            choices={notifyChoices()}
            value={row.notify}
            onChoose={(notify) => patch({ notify })}
          />
          <MenuLine />
          {isMuted ? (
            <MenuItem onSelect={unmute}>{t`Unmute`}</MenuItem>
          ) : (
            muteChoices().map(({ ms, item }) => (
              <MenuItem key={item} onSelect={() => mute(ms)}>
                {item}
              </MenuItem>
            ))
          )}
        </>
      )}
    </Menu>
  );
}

function NotifySection({ row, actions: { isMuted, patch } }: ChosenProps): JSX.Element {
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
              onChange={() => patch({ notify: value })}
            />
            {text}
          </label>
        ))}
      </fieldset>
      {isMuted && <p className="quiet">{mutedText(row)}</p>}
    </section>
  );
}
