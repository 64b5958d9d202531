import { blackOrWhite, colorText, luminance, mix, parseColor, readable, type Rgb } from './color.ts';

/** A partner's four values. */
export interface Theme {
  readonly primaryColor: string;
  readonly backgroundColor: string;
  readonly textColor: string;
  readonly fontFamily: string;
}

const TEXT_CONTRAST_MIN = 4.5;
const LINE_CONTRAST_MIN = 3;
const SYSTEM_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
// Blue-green against orange-red stays two colours in the common colour-vision deficiencies.
const BUY: Rgb = [0x14, 0xb8, 0x8a];
const SELL: Rgb = [0xf0, 0x5d, 0x4a];
const WARN: Rgb = [0xe0, 0xa1, 0x1b];
const DARK: Rgb = [0x12, 0x16, 0x1c];
const PRIMARY: Rgb = [0x3a, 0x86, 0xff];

/** Every custom property of the widget, derived so that any four values stay readable. */
export function deriveTheme(theme: Theme): Readonly<Record<string, string>> {
  const background = parseColor(theme.backgroundColor) ?? DARK;
  const towards = blackOrWhite(background);
  const ground = (wanted: Rgb) => readableUnder(towards, wanted);
  const surface = ground(mix(background, towards, 0.06));
  const raised = ground(mix(background, towards, 0.12));
  const tints = { buy: ground(mix(background, BUY, 0.16)), sell: ground(mix(background, SELL, 0.16)), warn: ground(mix(background, WARN, 0.12)) };
  const grounds = [background, surface, raised, ...Object.values(tints)];
  const text = readable(parseColor(theme.textColor) ?? towards, grounds, TEXT_CONTRAST_MIN);
  const primary = parseColor(theme.primaryColor) ?? PRIMARY;
  const inked = (color: Rgb) => readable(color, grounds, TEXT_CONTRAST_MIN);
  const filled = (name: string, color: Rgb) => {
    // A filled button's own words decide how dark its colour may be.
    const ink = blackOrWhite(color);
    return { [`--ow-${name}-fill`]: colorText(color), [`--ow-on-${name}`]: colorText(ink) };
  };
  const colors: Record<string, Rgb> = {
    bg: background,
    surface,
    raised,
    line: mix(background, towards, 0.2),
    'line-strong': readable(mix(background, towards, 0.4), grounds, LINE_CONTRAST_MIN),
    text,
    'text-muted': readable(mix(text, background, 0.35), grounds, TEXT_CONTRAST_MIN),
    primary: inked(primary),
    buy: inked(BUY),
    sell: inked(SELL),
    warn: inked(WARN),
    'buy-tint': tints.buy,
    'sell-tint': tints.sell,
    'warn-tint': tints.warn,
  };
  return {
    ...Object.fromEntries(Object.entries(colors).map(([name, color]) => [`--ow-${name}`, colorText(color)])),
    ...filled('buy', BUY),
    ...filled('sell', SELL),
    ...filled('primary', primary),
    '--ow-scheme': luminance(background) < 0.18 ? 'dark' : 'light',
    '--ow-font': fontList(theme.fontFamily),
  };
}

/** The ground itself where black or white ink can be read on it, else the nearest darker or lighter one. */
function readableUnder(ink: Rgb, ground: Rgb): Rgb {
  return readable(ground, [ink], TEXT_CONTRAST_MIN);
}

/** A list of font names and nothing that could end the declaration or fetch a file. */
export function fontList(family: string): string {
  const safe = /^[A-Za-z0-9 '",_-]{1,200}$/.test(family) && !/url/i.test(family) && balanced(family);
  return safe ? `${family}, ${SYSTEM_FONTS}` : SYSTEM_FONTS;
}

function balanced(text: string): boolean {
  return ["'", '"'].every((quote) => (text.split(quote).length - 1) % 2 === 0);
}
