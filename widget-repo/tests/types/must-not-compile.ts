// What integrators must hear from the compiler. Each marked line has to be an error: without one, the check itself fails.
import { init, type Order, type WidgetOptions } from '../../src/index.ts';

const base: WidgetOptions = { container: '#here', exchangeId: 'demo-exchange' };
const widget = init({ ...base, getSession: () => null });

// @ts-expect-error exchangeId is required
init({ container: '#here' });
// @ts-expect-error a session needs its userToken
init({ ...base, getSession: () => ({ venueToken: 'x' }) });
// @ts-expect-error placeOrder must say what became of the order
init({ ...base, placeOrder: () => undefined });
// @ts-expect-error amounts are decimal strings, never numbers
init({ ...base, placeOrder: () => ({ status: 'FILLED', orderId: 1, filledQuantity: 0.01 }) });
// @ts-expect-error the container stays where it is
widget.update({ container: '#there' });
// @ts-expect-error there is no such event
widget.on('bought', () => undefined);
// @ts-expect-error an event's fields are known
widget.on('filled', ({ profit }) => profit);

declare const order: Order;
// @ts-expect-error what is signed cannot be changed afterwards
order.clientOrderId = 'other';
