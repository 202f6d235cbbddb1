/**
 * Owns a delivery as one text. A call between objects copies a text many times faster than objects, and the texts of the items go on to sockets as they are.
 * Its lines are: the delivery without its items; the fields of the items that inboxes need; then the text of each item. JSON has no line breaks.
 */
import type { Delivery, DeliveryItem } from "./delivery.ts";

export type PackedDelivery = string;
export type PackedItems = string;

export function packItems(items: readonly DeliveryItem[]): PackedItems {
  const heads = items.map((item) => ({ ...item, json: undefined }));
  return [JSON.stringify(heads), ...items.map(({ json }) => json)].join("\n");
}

export function packDelivery(head: Omit<Delivery, "items">, items: PackedItems): PackedDelivery {
  return `${JSON.stringify(head)}\n${items}`;
}

export function unpackDelivery(packed: PackedDelivery): Delivery {
  const end = packed.indexOf("\n");
  const delivery: Delivery = JSON.parse(packed.slice(0, end));
  delivery.items = unpackItems(packed.slice(end + 1));
  return delivery;
}

/** What was unpacked last. Many members of a group may have their objects on this thread, and all are sent the same: comparing texts is much cheaper than reading one. */
let last: { readonly packed: PackedItems; readonly items: readonly DeliveryItem[] } = { packed: "[]", items: [] };

function unpackItems(packed: PackedItems): readonly DeliveryItem[] {
  if (packed === last.packed) return last.items;
  const [heads = "", ...texts] = packed.split("\n");
  const items: DeliveryItem[] = JSON.parse(heads);
  for (const [index, item] of items.entries()) item.json = texts[index] ?? "";
  last = { packed, items };
  return items;
}
