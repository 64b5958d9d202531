import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

test('the file that a partner gets is built when it is packed, and holds whatever the package names', async () => {
  const { exports, scripts } = JSON.parse(await readFile(`${PACKAGE}package.json`, 'utf8')) as { exports: Record<string, Record<string, string>>; scripts: Record<string, string> };
  expect(scripts['prepack']).toBe('npm run build');
  // Without building: other tests read what is built.
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--silent'], { cwd: PACKAGE });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const named = Object.values(exports).flatMap((each) => Object.values(each)).map((path) => path.replace('./', ''));
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining([...named, 'README.md', 'CHANGELOG.md']));
  expect(files.filter(({ path }) => /\.test\.|testing\//.test(path))).toEqual([]);
}, 60_000);
