import { expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { anchors, relativeLinks } from './markdown.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** What lies elsewhere is another repository's, and is checked there. */
const OURS = [join(ROOT, 'docs'), join(ROOT, 'backend-repo')];

const pages = [
  // Not there where this repository stands alone beside docs/.
  ...[join(ROOT, 'README.md')].filter((page) => existsSync(page)),
  join(ROOT, 'backend-repo', 'verifier', 'README.md'),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => join(ROOT, 'docs', name)),
];

function problemOf(page: string, link: string): string | null {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : resolve(dirname(page), path);
  if (!OURS.some((folder) => target.startsWith(folder))) return null;
  if (!existsSync(target)) return 'leads nowhere';
  if (anchor === undefined) return null;
  if (statSync(target).isDirectory() || !anchors(readFileSync(target, 'utf8')).has(anchor)) return 'has no such heading';
  return null;
}

test('every link in our pages leads somewhere', () => {
  const broken = pages.flatMap((page) => relativeLinks(readFileSync(page, 'utf8')).flatMap((link) => {
    const problem = problemOf(page, link);
    return problem ? [`${relative(ROOT, page)}: ${link} ${problem}`] : [];
  }));
  expect(broken).toEqual([]);
});

test('a link is followed to its heading, code is no link, and what is missing is named', () => {
  const page = '# What holds: `a` & b\n\n[here](#what-holds-a--b) `[no](no.md)`\n\n    [nor](nor.md)\n\n```\n[neither](neither.md)\n```\n[out](https://a.example) [gone](gone.md)\n';
  expect(relativeLinks(page)).toEqual(['#what-holds-a--b', 'gone.md']);
  expect(anchors(page)).toEqual(new Set(['what-holds-a--b']));
  expect(problemOf(join(ROOT, 'docs', 'domain-language.md'), 'gone.md')).toBe('leads nowhere');
  expect(problemOf(join(ROOT, 'docs', 'domain-language.md'), '#gone')).toBe('has no such heading');
});
