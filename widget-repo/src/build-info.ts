declare const __WIDGET_VERSION__: string;
declare const __WIDGET_API_URL__: string;
declare const __TRADING_PATH__: string;
declare const __TRADING_INTEGRITY__: string;

/** Written in by the build: this version, and the operator's API that this build talks to by default. */
export const VERSION: string = __WIDGET_VERSION__;
export const DEFAULT_API_URL: string = __WIDGET_API_URL__;

/** Where the CDN script finds its second part, seen from itself, and the hash that it must have. */
export const TRADING_PATH: string = __TRADING_PATH__;
export const TRADING_INTEGRITY: string = __TRADING_INTEGRITY__;
