type Names = readonly (readonly [pattern: RegExp, name: string])[];

/** Whoever is built on another's engine says both names, so those come first. */
const BROWSERS: Names = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'], [/\b(?:OPR|OPT|OPX|Opera)\//, 'Opera'], [/\bSamsungBrowser\//, 'Samsung Internet'], [/\b(?:Firefox|FxiOS)\//, 'Firefox'], [/(?:\bCriOS|Chrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: Names = [[/\biPhone\b/, 'iPhone'], [/\biPad\b/, 'iPad'], [/\bAndroid\b/, 'Android'], [/\bCrOS\b/, 'ChromeOS'], [/\bWindows\b/, 'Windows'], [/\bMac OS X\b/, 'Mac'], [/\bLinux\b/, 'Linux']];
const AS_A_BROWSER = /^(?:Mozilla|Opera)\//;
/** A program's product as RFC 9110, section 10.1.5, has it: "curl/8.15.0". */
const PRODUCT = /^([A-Za-z][\w.-]{0,39})\//;
const CHARACTERS_MAX = 100;
/** No browser says more; whatever follows is not looked at. */
const HEADER_CHARACTERS_MAX = 1_000;

/**
 * "Edge on Windows", "curl": what people recognise a device by. It is said by the device itself, so it proves nothing.
 * @param userAgent the whole header: who made the browser stands at its end
 * @returns what says neither browser nor product as it is, cut; `undefined` where nothing is said
 */
export function deviceNameOf(userAgent: string): string | undefined {
  const said = userAgent.slice(0, HEADER_CHARACTERS_MAX).replace(/[\p{C}\s]+/gu, ' ').trim();
  if (!AS_A_BROWSER.test(said)) return PRODUCT.exec(said)?.[1] ?? cut(said);
  const [browser, system] = [nameIn(BROWSERS, said), nameIn(SYSTEMS, said)];
  if (system) return `${browser ?? 'Browser'} on ${system}`;
  return browser ?? cut(said);
}

function nameIn(names: Names, said: string): string | undefined {
  return names.find(([pattern]) => pattern.test(said))?.[1];
}

function cut(said: string): string | undefined {
  if (said === '') return undefined;
  return said.length <= CHARACTERS_MAX ? said : `${said.slice(0, CHARACTERS_MAX - 1)}…`;
}
