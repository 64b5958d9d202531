/** Owns everything that must not outlive a widget: listeners, timers, requests under way. `end()` leaves nothing behind. */
export interface Scope {
  readonly signal: AbortSignal;
  readonly ended: boolean;
  listen(target: EventTarget, type: string, listener: (event: Event) => void): void;
  /** Returns a function that calls it off. */
  after(delayMs: number, work: () => void): () => void;
  onEnd(work: () => void): void;
  end(): void;
}

export function createScope(): Scope {
  const controller = new AbortController();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const endings: (() => void)[] = [];
  return {
    signal: controller.signal,
    get ended() {
      return controller.signal.aborted;
    },
    listen(target, type, listener) {
      target.addEventListener(type, listener, { signal: controller.signal });
    },
    after(delayMs, work) {
      if (controller.signal.aborted) return () => undefined;
      const timer = setTimeout(() => {
        timers.delete(timer);
        work();
      }, delayMs);
      timers.add(timer);
      return () => {
        clearTimeout(timer);
        timers.delete(timer);
      };
    },
    onEnd(work) {
      endings.push(work);
    },
    end() {
      if (controller.signal.aborted) return;
      controller.abort();
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      for (const work of endings) work();
    },
  };
}

/** Waits; resolves to false when the scope ended first. */
export function pause(scope: Scope, delayMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (scope.ended) return resolve(false);
    scope.after(delayMs, () => resolve(true));
    scope.signal.addEventListener('abort', () => resolve(false), { once: true });
  });
}

/** The page's own promise, but never longer than the deadline. A late or stopped one rejects. */
export function within<T>(scope: Scope, timeoutMs: number, work: () => Promise<T> | T): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = scope.after(timeoutMs, () => reject(new Error('No answer in time')));
    scope.signal.addEventListener('abort', () => reject(new Error('Stopped')), { once: true });
    void (async () => work())().then(resolve, reject).finally(callOff);
  });
}
