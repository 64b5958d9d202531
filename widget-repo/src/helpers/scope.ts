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
      for (const work of endings) finish(work);
    },
  };
}

/** One ending that fails, in a page that has changed under us, must not keep the others from being done. */
function finish(work: () => void): void {
  try {
    work();
  } catch (error) {
    globalThis.reportError?.(error);
  }
}

/** Waits; resolves to false when the scope ended first. */
export function pause(scope: Scope, delayMs: number): Promise<boolean> {
  return untilEnd(scope, (settle) => scope.after(delayMs, () => settle(() => true)), () => false);
}

/** The page's own promise, but never longer than the deadline. A late or stopped one rejects. */
export function within<T>(scope: Scope, timeoutMs: number, work: () => Promise<T> | T): Promise<T> {
  return untilEnd<T>(
    scope,
    (settle) => {
      void (async () => work())().then(
        (value) => settle(() => value),
        (error: unknown) => settle(() => fail(error)),
      );
      return scope.after(timeoutMs, () => settle(() => fail(new Error('No answer in time'))));
    },
    () => fail(new Error('Stopped')),
  );
}

/** A promise that the scope's end settles too, and that leaves no listener or timer on the scope once it is settled. */
function untilEnd<T>(scope: Scope, begin: (settle: (outcome: () => T) => void) => () => void, atEnd: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    let callOff = () => undefined as void;
    const settle = (outcome: () => T) => {
      scope.signal.removeEventListener('abort', stop);
      callOff();
      try {
        resolve(outcome());
      } catch (error) {
        reject(error);
      }
    };
    const stop = () => settle(atEnd);
    if (scope.ended) return stop();
    scope.signal.addEventListener('abort', stop);
    callOff = begin(settle);
  });
}

function fail(error: unknown): never {
  throw error;
}
