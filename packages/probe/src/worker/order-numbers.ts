import type { Check } from '@watchpost/contracts/targets/check';
import type { NumberedOrder, Order } from './messages.ts';

/** Orders as they are sent, with the checks the thread does not know yet. */
export type NumberedOrders = {
  /** The thread shall forget the checks it was sent before. */
  readonly isFresh: boolean;
  readonly added: readonly (readonly [number, Check])[];
  readonly orders: readonly NumberedOrder[];
};

/**
 * Gives the checks of orders numbers, so that a check that is ordered again (the same object) is sent to the thread once.
 * When `most` of them are known, all are forgotten.
 */
export function createOrderNumbers(most: number): { readonly take: (orders: readonly Order[]) => NumberedOrders } {
  const numbers = new Map<Check, number>();
  let next = 1;
  let hasSent = false;
  return {
    take(orders) {
      const isFresh = !hasSent || numbers.size + orders.length > most;
      if (isFresh) numbers.clear();
      hasSent = true;
      const added: [number, Check][] = [];
      const numbered = orders.map(({ id, targetId, check }) => {
        let number = numbers.get(check);
        if (number === undefined) {
          number = next++;
          numbers.set(check, number);
          added.push([number, check]);
        }
        return { id, targetId, check: number };
      });
      return { isFresh, added, orders: numbered };
    },
  };
}
