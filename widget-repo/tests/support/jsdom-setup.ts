// jsdom has constructable style sheets without replaceSync.
CSSStyleSheet.prototype.replaceSync ??= () => undefined;
