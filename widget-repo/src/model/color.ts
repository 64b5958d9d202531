// Colour arithmetic for the theme. Floats are fine here: nobody is paid in colours.

export type Rgb = readonly [number, number, number];

export function parseColor(text: string): Rgb | null {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  return match ? [parseInt(match[1] ?? '', 16), parseInt(match[2] ?? '', 16), parseInt(match[3] ?? '', 16)] : null;
}

export function colorText(color: Rgb): string {
  return `#${color.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const part = (index: 0 | 1 | 2) => Math.round(a[index] * (1 - share) + b[index] * share);
  return [part(0), part(1), part(2)];
}

/** WCAG 2 relative luminance. */
export function luminance(color: Rgb): number {
  const [red = 0, green = 0, blue = 0] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

export function blackOrWhite(background: Rgb): Rgb {
  return contrast(WHITE, background) >= contrast(BLACK, background) ? WHITE : BLACK;
}

/** The colour itself where it can be read on every one of the backgrounds, else the nearest mix with black or white that can. */
export function readable(color: Rgb, backgrounds: readonly Rgb[], contrastMin: number): Rgb {
  const ok = (candidate: Rgb) => backgrounds.every((background) => contrast(candidate, background) >= contrastMin);
  const [first = BLACK] = backgrounds;
  const towards = blackOrWhite(first);
  for (let share = 0; share <= 1; share += 0.05) {
    const candidate = mix(color, towards, Math.min(share, 1));
    if (ok(candidate)) return candidate;
  }
  return towards;
}
