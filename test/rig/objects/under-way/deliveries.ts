/** For tests that wind the clock: which deliveries are under way. A call that is under way while the clock is wound would count as one that failed. */
import { InboxStubs } from "../../../../objects/conversation/fan-out/inbox-stubs.ts";

let underWay = new Set<Promise<unknown>>();

const bring = Reflect.get(InboxStubs.prototype, "bring");
InboxStubs.prototype.bring = function (this: InboxStubs, ...delivery) {
  const answer = bring.apply(this, delivery);
  const those = underWay.add(answer);
  const end = (): void => void those.delete(answer);
  answer.then(end, end);
  return answer;
};

/** Resolves when every delivery has been answered, or after two seconds: a test may hold one back on purpose. */
export async function deliveriesAnswered(): Promise<void> {
  const giveUpAt = Date.now() + 2_000;
  while (underWay.size > 0 && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Those of objects that are no more are never answered. */
export function forgetDeliveries(): void {
  underWay = new Set();
}
