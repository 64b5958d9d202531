import type { Order } from '../model/order.ts';

/** How an order stands, in one word. */
export type OrderPhase = 'asking' | 'renewing' | 'sending' | 'checking' | 'filled' | 'partial' | 'resting' | 'ended' | 'accepted' | 'refused' | 'notSent' | 'unknown';

export interface OrderEvent {
  readonly order: Order;
  readonly phase: OrderPhase;
  readonly orderId: string | null;
  readonly filledQuantity: string | null;
  readonly averagePrice: string | null;
  /** Why it was refused, not sent or lost. */
  readonly code: string | null;
}

export interface BookEvent {
  readonly symbol: string;
  /** Price and quantity as plain decimals, best first. */
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

export interface ErrorEvent {
  readonly code: string;
  readonly message: string;
}

/** Everything that `on` can listen to. */
export interface WidgetEvents {
  /** The ticket can be used. */
  ready: { readonly exchangeId: string; readonly symbol: string };
  /** An order changed its phase. */
  order: OrderEvent;
  /** An order is filled completely. */
  filled: OrderEvent;
  /** The trader chose another market. */
  symbol: { readonly symbol: string };
  /** A fresh order book, about once a second while the page is visible. */
  book: BookEvent;
  /** A signed-out trader pressed "Sign in to trade". */
  signIn: Record<string, never>;
  /** The widget cannot start or go on; it also says so where it stands. */
  error: ErrorEvent;
}

export type Listener<Name extends keyof WidgetEvents> = (event: WidgetEvents[Name]) => void;

export interface Emitter {
  on<Name extends keyof WidgetEvents>(name: Name, listener: Listener<Name>): () => void;
  emit<Name extends keyof WidgetEvents>(name: Name, event: WidgetEvents[Name]): void;
  close(): void;
}

export function createEmitter(): Emitter {
  const listeners = new Map<keyof WidgetEvents, Set<(event: never) => void>>();
  let lastError: ErrorEvent | null = null;
  const call = (listener: (event: never) => void, event: unknown) => {
    try {
      listener(event as never);
    } catch (error) {
      // The listener is the page's own code, and so is its mistake: it goes to the page's error handler, and the widget goes on.
      globalThis.reportError?.(error);
    }
  };
  return {
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(listener));
      // `init` reports what is wrong before the page can listen, so a late listener hears the last error too.
      if (name === 'error' && lastError) {
        const missed = lastError;
        queueMicrotask(() => set.has(listener) && call(listener, missed));
      }
      return () => void set.delete(listener);
    },
    emit(name, event) {
      if (name === 'error' && !listeners.get(name)?.size) lastError = event as ErrorEvent;
      for (const listener of [...(listeners.get(name) ?? [])]) call(listener, event);
    },
    close() {
      for (const set of listeners.values()) set.clear();
      listeners.clear();
    },
  };
}
