/**
 * Owns the question where an event happened. React hands events on from menus, popovers and dialogs to the component that renders them, wherever in the page they stand.
 * A press in the menu of a message is no press on the message.
 */

/** Whether the event happened in the element that listens for it, and not in something above the page. */
export function isWithin({ target, currentTarget }: { target: EventTarget; currentTarget: EventTarget }): boolean {
  return target instanceof Node && currentTarget instanceof Node && currentTarget.contains(target);
}
