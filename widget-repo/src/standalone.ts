// The CDN script. It adds one global, `OurWidget`, and nothing else; loaded twice, the first copy stays.
import { createInit, version } from './api/init.ts';
import { loadTradingFrom } from './transport/load-trading.ts';

const tag = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
// `data-api-url` on the script tag points one page at another API (a test system, for example) without another build.
const apiUrl = tag?.dataset['apiUrl'];

const OurWidget = Object.freeze({
  version,
  init: createInit((attempt, signal) => loadTradingFrom(tag, attempt, signal), apiUrl === undefined ? {} : { apiUrl }),
});

if (!Object.hasOwn(globalThis, 'OurWidget')) Object.defineProperty(globalThis, 'OurWidget', { value: OurWidget, enumerable: true });
