/**
 * Owns a delivery as one text. A call between objects copies a text many times faster than objects, and the texts of the items go on to sockets as they are.
 * Lines: the delivery but for its items; what inboxes need of each item; then each item's own text. JSON holds no line break.
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
  const [head = "", heads = "", ...texts] = packed.split("\n");
  const delivery: Delivery = JSON.parse(head);
  const items: DeliveryItem[] = JSON.parse(heads);
  for (const [index, item] of items.entries()) item.json = texts[index] ?? "";
  delivery.items = items;
  return delivery;
}
