/** Owns the buttons beside a message: a reaction, a reply, and the menu. What opens there renders the buttons again, and not the message. */
import { t } from "@lingui/core/macro";
import { type JSX, memo, type Ref, useImperativeHandle, useState } from "react";
import type { Message, PendingMessage } from "parley-sdk";
import { IconButton } from "../../ui/button.tsx";
import { useActions } from "../actions.ts";
import { MessageMenu, PendingMenu } from "./message-menu.tsx";
import { useReachIndex } from "./reach.ts";
import { type Reacting, ReactButton } from "./reactions/react-button.tsx";

export interface ToolsControl {
  openMenu(): void;
  /** The pointer is at the message, so the buttons are seen. */
  show(): void;
}

interface ToolsProps {
  /** A long press, a right click and a key open the menu, too. */
  readonly control: Ref<ToolsControl>;
  readonly message: Message | undefined;
  readonly pending: PendingMessage | undefined;
}

export const MessageTools = memo(function MessageTools({ control, message, pending }: ToolsProps): JSX.Element {
  const { canWrite, canSend, reply } = useActions();
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const [reacting, setReacting] = useState<Reacting>("no");
  const [isShown, setIsShown] = useState(false);
  const reachIndex = useReachIndex();
  useImperativeHandle(control, () => ({ openMenu: () => setIsMenuOpen(true), show: () => setIsShown(true) }), []);
  // Whoever moves through the history passes hundreds of messages, each with a dozen lines and circles that nobody sees.
  const isSeen = isShown || reachIndex === 0 || isMenuOpen || reacting !== "no";
  return (
    <div className="message-tools" data-open={isMenuOpen}>
      {message !== undefined && (
        <>
          {canWrite && message.unsentAt === null && (
            <ReactButton message={message} isSeen={isSeen} reacting={reacting} onReacting={setReacting} />
          )}
          {canSend && (
            <IconButton
              icon={isSeen ? "reply" : null}
              label={t({ message: "Reply", context: "verb" })}
              size={18}
              tabIndex={reachIndex}
              onClick={() => reply(message)}
            />
          )}
          <MessageMenu
            message={message}
            isSeen={isSeen}
            isOpen={isMenuOpen}
            onOpenChange={setIsMenuOpen}
            onReact={() => setReacting("all")}
          />
        </>
      )}
      {pending !== undefined && (
        <PendingMenu pending={pending} isSeen={isSeen} isOpen={isMenuOpen} onOpenChange={setIsMenuOpen} />
      )}
    </div>
  );
});
