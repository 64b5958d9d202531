// jsdom has constructable style sheets without replaceSync.
Object.defineProperty(CSSStyleSheet.prototype, 'replaceSync', { value: () => undefined, writable: true, configurable: true });
