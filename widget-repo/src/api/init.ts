import { VERSION } from '../build-info.ts';
import { failure } from '../model/failure.ts';
import { announceError } from '../runtime/announce.ts';
import type { LoadTrading } from '../runtime/start-up.ts';
import { Widget, type WidgetNeeds } from '../runtime/widget.ts';
import { HOST_MARK } from '../view/frame.ts';
import { createEmitter, type Emitter, type Listener, type WidgetEvents } from './events.ts';
import { apiOrigin, unchangeableOption, type WidgetChange, type WidgetOptions, wrongChange, wrongOption } from './options.ts';

/** What `init` gives your page. Every method is safe to call at any time, also after `destroy`. */
export interface WidgetHandle {
  /** Changes the trader, the callbacks or the market. Missing means leave as it is; `exchangeUserId: null` means signed out. */
  update(change: WidgetChange): void;
  /** Takes the widget off the page: no element, listener, timer or request of it remains. */
  destroy(): void;
  /** Listens to an event; the answer is a function that stops listening. */
  on<Name extends keyof WidgetEvents>(name: Name, listener: Listener<Name>): () => void;
}

interface Shown {
  readonly handle: WidgetHandle;
  readonly widget: Widget;
}

const shown = new WeakMap<Element, Shown>();

/** Makes `init` for one way of shipping: the trading part is in the npm file, and a file of its own on the CDN. */
export function createInit(loadTrading: LoadTrading, defaults: Partial<WidgetOptions> = {}): Init {
  return (options) => {
    let read: WidgetOptions | null = null;
    try {
      // Only what the page wrote counts, not what somebody hung on Object.prototype.
      read = Object.assign(Object.create(null) as object, defaults, options);
      return mount(read, loadTrading);
    } catch {
      // A getter of the page that throws, or a browser without what the widget is made of.
      return read ? inert(createEmitter(), 'BROWSER_UNSUPPORTED', 'The widget cannot be shown in this browser') : inert(createEmitter(), 'OPTIONS_INVALID', 'The options cannot be read');
    }
  };
}

function mount(options: WidgetOptions, loadTrading: LoadTrading): WidgetHandle {
  const emitter = createEmitter();
  const wrong = wrongOption(options);
  const container = findContainer(options.container);
  if (!container) return inert(emitter, 'CONTAINER_NOT_FOUND', 'No element fits `container`');
  const first = shown.get(container);
  // A page that emptied the container wants a new widget there, not the handle of one that nobody sees.
  if (first && !first.widget.isInPlace()) first.handle.destroy();
  else if (first) {
    first.widget.notify(failure('CONTAINER_IN_USE'));
    return first.handle;
  }
  // Another copy of this script put a widget there; we cannot speak for it.
  if (container.querySelector(`:scope > [${HOST_MARK}]`)) return inert(emitter, 'CONTAINER_IN_USE', 'Another copy of the widget is in this container');
  const problem = wrong === null ? null : failure('OPTIONS_INVALID', { message: `Option \`${wrong}\` is missing or not usable` });
  return start(container, { options, emitter, problem, loadTrading });
}

export const version = VERSION;

export type Init = (options: WidgetOptions) => WidgetHandle;

function start(container: Element, needs: Omit<WidgetNeeds, 'container' | 'apiUrl'>): WidgetHandle {
  const { emitter } = needs;
  const widget = new Widget({ ...needs, container, apiUrl: apiOrigin(needs.options.apiUrl) ?? '' });
  widget.show();
  let destroyed = false;
  const handle: WidgetHandle = {
    update(change) {
      if (destroyed) return;
      const read = readChange(change);
      const wrong = read ? (unchangeableOption(read) ?? wrongChange(read)) : 'change';
      if (read && !wrong) return widget.update(read);
      widget.notify(failure('OPTIONS_INVALID', { message: `Option \`${wrong}\` cannot be set so` }));
    },
    destroy() {
      destroyed = true;
      try {
        widget.destroy();
      } finally {
        emitter.close();
        if (shown.get(container)?.handle === handle) shown.delete(container);
      }
    },
    on: (name, listener) => (destroyed ? () => undefined : emitter.on(name, listener)),
  };
  shown.set(container, { handle, widget });
  return handle;
}

/** Read once: a getter of the page may throw, or say something else the second time. */
function readChange(change: WidgetChange): WidgetChange | null {
  try {
    return { ...change };
  } catch {
    return null;
  }
}

function findContainer(container: string | Element): Element | null {
  try {
    return container instanceof Element ? container : document.querySelector(container);
  } catch {
    // No selector, or no page at all: the npm entry may be imported on a server.
    return null;
  }
}

/** A handle without a widget, for a page with nowhere to show one. */
function inert(emitter: Emitter, code: string, message: string): WidgetHandle {
  announceError(emitter, failure(code, { message }));
  return { update: () => undefined, destroy: () => emitter.close(), on: (name, listener) => emitter.on(name, listener) };
}
