import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contrast, parseColor, type Rgb } from './color.ts';
import { deriveTheme, fontList } from './theme.ts';

const hex = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);
const color = (tokens: Readonly<Record<string, string>>, name: string): Rgb => parseColor(tokens[name] ?? '')!;

describe('a theme out of any four values', () => {
  test('every text can be read on every ground, and every filled button on its colour', () => {
    fc.assert(
      fc.property(hex, hex, hex, (primaryColor, backgroundColor, textColor) => {
        const tokens = deriveTheme({ primaryColor, backgroundColor, textColor, fontFamily: 'Inter' });
        const grounds = ['--ow-bg', '--ow-surface', '--ow-raised', '--ow-buy-tint', '--ow-sell-tint', '--ow-warn-tint'];
        const texts = ['--ow-text', '--ow-text-muted', '--ow-primary', '--ow-buy', '--ow-sell', '--ow-warn'];
        const readable = texts.every((text) => grounds.every((ground) => contrast(color(tokens, text), color(tokens, ground)) >= 4.5));
        const buttons = ['buy', 'sell', 'primary'].every((name) => contrast(color(tokens, `--ow-on-${name}`), color(tokens, `--ow-${name}-fill`)) >= 4.5);
        return readable && buttons;
      }),
    );
  });

  test('the usual palettes reach 4.5:1 everywhere and keep the partner’s text colour', () => {
    for (const [backgroundColor, textColor] of [['#121212', '#FFFFFF'], ['#FFFFFF', '#1A1D21'], ['#0B1E3B', '#E8EEF7'], ['#FFF7E6', '#3B2F1E']] as const) {
      const tokens = deriveTheme({ primaryColor: '#3A86FF', backgroundColor, textColor, fontFamily: 'Inter' });
      for (const text of ['text', 'text-muted', 'primary', 'buy', 'sell', 'warn'])
        for (const ground of ['bg', 'surface', 'raised', 'buy-tint', 'sell-tint', 'warn-tint']) expect(contrast(color(tokens, `--ow-${text}`), color(tokens, `--ow-${ground}`))).toBeGreaterThanOrEqual(4.5);
      expect(tokens['--ow-text']).toBe(textColor.toLowerCase());
    }
  });

  test('text that cannot be read on its background is replaced', () => {
    const tokens = deriveTheme({ primaryColor: '#101010', backgroundColor: '#101010', textColor: '#111111', fontFamily: 'Inter' });
    expect(contrast(color(tokens, '--ow-text'), color(tokens, '--ow-bg'))).toBeGreaterThanOrEqual(4.5);
  });

  test('colours that are none fall back to a readable default', () => {
    expect(deriveTheme({ primaryColor: '', backgroundColor: 'red;}', textColor: 'url(x)', fontFamily: '' })['--ow-bg']).toBe('#12161c');
  });
});

describe('font lists', () => {
  test.each(["'Roboto', sans-serif", 'Inter', '"IBM Plex Sans"'])('%s is used, with the system fonts behind it', (family) => {
    expect(fontList(family)).toMatch(new RegExp(`^${family}, system-ui`));
  });
  test.each(['x; color: red', "url('http://evil')", 'a{}', "'open", 'x/*', ''])('%j is not', (family) => {
    expect(fontList(family)).toMatch(/^system-ui/);
  });
});
