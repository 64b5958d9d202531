import { createInit, type Init } from './api/init.ts';

/**
 * Puts a trading widget into your page.
 *
 * It never throws: what is wrong is shown where the widget stands and told to `on('error', …)`.
 * A second call for the same container gives you the first widget's handle.
 */
export const init: Init = createInit(async () => (await import('./trading.ts')).trading);

export { version, type Init, type WidgetHandle } from './api/init.ts';
export type { BookEvent, ErrorEvent, Listener, OrderEvent, OrderPhase, WidgetEvents } from './api/events.ts';
export type { Order, PlacedOrder, TraderSession, WidgetChange, WidgetOptions } from './api/options.ts';
