type Names = readonly (readonly [RegExp, string])[];

/** As the service names devices. Whoever is built on another's engine says both names, so those come first. */
const BROWSERS: Names = [[/Edg(e|A|iOS)?\//, 'Edge'], [/(OPR|OPT|OPX|Opera)\//, 'Opera'], [/SamsungBrowser\//, 'Samsung Internet'], [/(Firefox|FxiOS)\//, 'Firefox'], [/(Chrome|CriOS)\//, 'Chrome'], [/Safari\//, 'Safari']];
const SYSTEMS: Names = [[/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Android/, 'Android'], [/CrOS/, 'ChromeOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'Mac'], [/Linux/, 'Linux']];
/** So much of the header was once kept as a device's name: too little to tell browsers apart. */
const CUT_CHARACTERS = 100;

/** "Chrome on Windows": what people recognise. It is said by the device itself, so it proves nothing. */
export function deviceOf(userAgent: string, isCut = false): string {
  const nameIn = (names: Names) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (!/^(Mozilla|Opera)\//.test(userAgent)) return /^([A-Za-z][\w.-]{0,39})\//.exec(userAgent)?.[1] ?? (userAgent.slice(0, 40) || 'Unknown device');
  const browser = isCut ? undefined : nameIn(BROWSERS);
  const system = nameIn(SYSTEMS);
  return system ? `${browser ?? 'Browser'} on ${system}` : (browser ?? userAgent.slice(0, 40));
}

/** What the service calls a device, or its owner. */
export function storedNameOf(name: string | null): string {
  if (!name) return 'A device without a name';
  return name.startsWith('Mozilla/') ? deviceOf(name, name.length >= CUT_CHARACTERS) : name;
}
