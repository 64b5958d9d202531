import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { en, enTrading } from './i18n/en.ts';

/** The same table as in eslint.config.js, held over the whole tree. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: ['generated'],
  helpers: ['model'],
  i18n: ['model'],
  styles: [],
  generated: [],
  transport: ['model', 'helpers', 'generated'],
  view: ['model', 'helpers', 'i18n', 'styles'],
  runtime: ['model', 'helpers', 'i18n', 'transport', 'view', 'api'],
  api: ['model', 'runtime', 'view'],
  portal: ['model', 'helpers', 'generated', 'transport', 'view'],
};
/** The one package that a page of ours may carry: it draws QR codes. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = { portal: ['uqr'] };
const SHARED_FILES = ['build-info.ts', 'trading.ts'];

const src = resolve('src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => ({ name, folder: name.includes('/') ? name.split('/')[0]! : '', text: readFileSync(join(src, name), 'utf8') }));

describe('imports go one way', () => {
  test.each(files.filter(({ folder }) => folder !== '').map(({ name, folder, text }) => [name, folder, text]))('%s', (name, folder, text) => {
    const allowed = MAY_IMPORT[folder] ?? [];
    for (const [, path = ''] of text.matchAll(/from '([^']+)'/g)) {
      if (PACKAGES[folder]?.includes(path)) continue;
      expect(path.startsWith('.')).toBe(true);
      const target = relative(src, resolve(src, dirname(name), path));
      const fine = target.split('/')[0] === folder || allowed.includes(target.split('/')[0] ?? '') || SHARED_FILES.includes(target);
      if (!fine) throw new Error(`src/${name} imports ${target}. ${folder} may import ${allowed.join(', ') || 'nothing'}: pass what it needs as an argument.`);
    }
  });
});

describe('a guest leaves no marks', () => {
  test.each(files.map(({ name, text }) => [name, text]))('%s has no console, eval, HTML text or inline style', (_, text) => {
    expect(text).not.toMatch(/\bconsole\.|\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|setAttribute\([^)]*'style'/);
  });
  test.each(files.filter(({ folder }) => folder !== 'generated').map(({ name, text }) => [name, text]))('%s can be seen in one piece', (_, text) => {
    expect(text.split('\n').length).toBeLessThan(260);
  });
});

test('every sentence is said somewhere', () => {
  const code = files.filter(({ folder }) => folder !== 'i18n').map(({ text }) => text).join('\n');
  const dynamic = [...code.matchAll(/`([a-z]+)\.\$\{/g)].map(([, prefix]) => `${prefix}.`);
  const isSaid = (key: string) => code.includes(`'${key}'`) || dynamic.some((prefix) => key.startsWith(prefix)) || /^code\./.test(key);
  expect([...Object.keys(en), ...Object.keys(enTrading)].filter((key) => !isSaid(key))).toEqual([]);
});
