/** A delivery that is packed into one text and unpacked again is the same, whatever the messages hold. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DeliveryItem } from "../../../objects/contract/delivery/delivery.ts";
import { packDelivery, packItems, unpackDelivery } from "../../../objects/contract/delivery/packed-delivery.ts";
import type { ConversationId, Epoch, UserId } from "../../../schema/ids.ts";

const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "\n", "\r\n", "\u2028", '"', "\\n", "[]\n{}"));

const item: fc.Arbitrary<DeliveryItem> = fc
  .tuple(fc.nat(), text, fc.boolean(), fc.option(text, { nil: undefined }))
  .map(([rev, said, isMessage, by]): DeliveryItem => {
    const json = JSON.stringify({ said });
    const acted = by === undefined ? {} : { by: by as UserId };
    if (!isMessage) return { rev, kind: "change", json, message: null, ...acted };
    const message = { seq: rev, senderId: said as UserId, sentAt: 1, preview: said, isUnsent: false, mentions: [] };
    return { rev, kind: "message", json, message, ...acted };
  });

test("[F8] a packed delivery is the delivery, with whatever its texts hold", () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 5 }), text, (items, said) => {
      const rest = {
        conversationId: said as ConversationId,
        epoch: said as Epoch,
        sinceRev: 1,
        rev: 2,
        headSeq: 3,
        at: 4,
        facts: null,
        read: 0,
        delivered: 0,
        liveDevices: [],
        passing: [JSON.stringify({ said })],
        series: 5,
      };
      expect(unpackDelivery(packDelivery(rest, packItems(items)))).toEqual({ ...rest, items });
    }),
  );
});
