/** Holds one value; tells its listeners once per turn, however often it changed. */
export interface Store<T> {
  get(): T;
  set(change: Partial<T>): void;
  subscribe(listener: (value: T) => void): void;
  close(): void;
}

export function createStore<T extends object>(initial: T): Store<T> {
  let value = initial;
  let waiting = false;
  let listeners: ((value: T) => void)[] = [];
  const tell = () => {
    waiting = false;
    for (const listener of listeners) listener(value);
  };
  return {
    get: () => value,
    set(change) {
      value = { ...value, ...change };
      if (waiting) return;
      waiting = true;
      queueMicrotask(tell);
    },
    subscribe(listener) {
      listeners = [...listeners, listener];
    },
    close() {
      listeners = [];
    },
  };
}
