/** Owns what people do all the time, one after the other, as the bench does it in a page. */
import type { Locator, Page } from "playwright-core";
import { setTimeout as sleep } from "node:timers/promises";

export interface Act {
  readonly name: string;
  /** What has to be so before it; it is not measured. */
  readonly before?: () => Promise<unknown>;
  readonly act: () => Promise<unknown>;
  /** A selector of what it brings, null where it brings nothing to wait for. */
  readonly shown: string | null;
}

/** A button is held so long, as people do. */
const pressMs = 60;
const keyMs = 60;
const items = "[role=menu] [role=menuitem]";
const dialog = "dialog[open]";
const noDialog = `body:not(:has(${dialog}))`;

/** Each begins where the one before it has ended. */
export function actsOf(page: Page): readonly Act[] {
  const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true }).last();
  const message = page.locator(".timeline [data-message]").last();
  const bubble = message.locator(".bubble");
  const field = page.getByRole("textbox", { name: "Message", exact: true });
  const filter = (name: string) => page.locator(".list-filter").filter({ hasText: name });
  const noRow = (id: string) => `.list-scroller:not(:has([data-id="${id}"]))`;
  const row = (text: string) => page.getByTestId("conversation-row").filter({ hasText: text }).first();
  const presses = (target: Locator, which?: "right") => async () => press(page, target, which);
  const types = (text: string) => async () => page.keyboard.type(text, { delay: keyMs });
  const keys = (key: string) => async () => page.keyboard.press(key);
  const atMessage = async () => {
    await message.scrollIntoViewIfNeeded();
    await bubble.hover();
  };
  return [
    act("to the newest", presses(button(/^To the newest/)), `.timeline-place:not(:has(.to-end))`),
    { ...act("typing a sentence", types("so the harbour lights"), null), before: async () => field.focus() },
    act("sending it", keys("Enter"), "[data-mark=sent], [data-mark=read], [data-mark=delivered]"),
    act("a message's menu", presses(bubble, "right"), items),
    act("closing the menu", keys("Escape"), "body:not(:has([role=menu]))"),
    {
      ...act("answering a message", presses(message.getByRole("button", { name: "Reply" })), ".composer-context"),
      before: atMessage,
    },
    {
      ...act("a few reactions", presses(message.getByRole("button", { name: "React" })), ".picker-quick .emoji"),
      before: atMessage,
    },
    act("reacting", presses(page.locator(".picker-quick .emoji").first()), ".reaction-own"),
    act("the emoji", presses(page.locator(".composer").getByRole("button", { name: "Emoji" })), ".picker-emoji-cell"),
    act("finding an emoji", types("harb"), null),
    act("closing the emoji", keys("Escape"), "body:not(:has(.picker-emoji))"),
    act("the details", presses(button("Details")), ".panel .members li"),
    act("closing the details", presses(button("Close the details")), "body:not(:has(.panel:not([hidden])))"),
    act("the switcher", keys("Control+k"), ".switcher-option"),
    act("typing in the switcher", types("Chat 2"), null),
    act("going to a chat", keys("Enter"), `[data-seq="60"]`),
    act("opening a chat with pictures", presses(row("Chat 1")), ".picture-image"),
    act("a picture", presses(page.getByTestId("picture").last()), ".lightbox[open]"),
    act("closing the picture", keys("Escape"), "body:not(:has(.lightbox))"),
    act("opening the long chat", presses(row("Crowd")), `[data-seq="100000"]`),
    act("the search", presses(page.getByRole("searchbox", { name: "Search people and messages" })), ".search-results"),
    act("typing in the search", types("harbour"), ".hit"),
    act("ending the search", keys("Escape"), ".list-filters"),
    act("the unread chats", presses(filter("Unread")), noRow("other-2")),
    act("all chats", presses(filter("All")), `[data-id="other-2"]`),
    act("beginning something new", presses(button("New conversation")), items),
    act("a new group", presses(page.getByRole("menuitem", { name: "New group" })), dialog),
    act("closing the new group", keys("Escape"), noDialog),
    act("the account's menu", presses(button(/^Account:/)), items),
    act("the settings", presses(page.getByRole("menuitem", { name: "Settings" })), "dialog[open] .tab-body"),
    act("how it looks", presses(page.getByRole("tab", { name: "Appearance" })), "dialog[open] [name=theme]"),
    act("a dark theme", presses(page.getByRole("radio", { name: "Dark" })), "[data-theme=dark]"),
    act("closing the settings", keys("Escape"), noDialog),
  ];
}

function act(name: string, what: () => Promise<unknown>, shown: string | null): Act {
  return { name, act: what, shown };
}

/** With the pointer itself: Playwright's own click looks in the page whether it meets the element, which takes a slow processor 20 ms. */
async function press(page: Page, target: Locator, which: "left" | "right" = "left"): Promise<void> {
  const box = await target.boundingBox();
  if (box === null) throw new Error("What was to be pressed is not on screen");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await sleep(200);
  await page.mouse.down({ button: which });
  await sleep(pressMs);
  await page.mouse.up({ button: which });
}
