import type { Emitter, OrderEvent } from '../api/events.ts';
import { failureOf, type Flow, phaseOf } from '../model/order-flow.ts';

export function announceOrder(emitter: Emitter, flow: Flow): void {
  const phase = phaseOf(flow);
  const event: OrderEvent = {
    order: flow.order,
    phase,
    orderId: flow.report?.orderId ?? null,
    filledQuantity: flow.report?.filledQuantity ?? null,
    averagePrice: flow.report?.averagePrice ?? null,
    code: failureOf(flow)?.code ?? null,
  };
  emitter.emit('order', event);
  if (phase === 'filled') emitter.emit('filled', event);
}
