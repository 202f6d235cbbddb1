/**
 * Owns who waits for the answer to their own commands and takes along what their inbox lacks: a ride. So the sender's inbox of a direct message need not be called.
 * An offer stands from the moment when the commands are committed until their answer leaves.
 */
import type { UserId } from "../../../schema/ids.ts";
import type { Standing } from "../../contract/command.ts";
import type { PackedDelivery } from "../../contract/delivery/packed-delivery.ts";

/** `rider`: the delivery that was given to it. */
export type Offer = { readonly userId: UserId; readonly standing: Standing; rider: PackedDelivery | undefined };

export class Rides {
  readonly #offers = new Map<UserId, Offer>();

  offer(userId: UserId, standing: Standing): Offer {
    const offer: Offer = { userId, standing, rider: undefined };
    this.#offers.set(userId, offer);
    return offer;
  }

  /** The offer of a member to which nothing was given yet. */
  of(userId: UserId): Offer | undefined {
    const offer = this.#offers.get(userId);
    return offer?.rider === undefined ? offer : undefined;
  }

  /** The answer leaves: takes back the offer, and answers what was given to it. */
  leave(offer: Offer): PackedDelivery | undefined {
    if (this.#offers.get(offer.userId) === offer) this.#offers.delete(offer.userId);
    return offer.rider;
  }
}
