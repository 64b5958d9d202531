// What `npm run serve` promises: a CDN as it should be, and an end that leaves nothing.
import { createHash } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type * as npmEntry from '../../src/index.ts';
import { freePort, serve, stopped } from '../support/stage.ts';

let child: ChildProcess;
let cdn: string;
let demo: string;
beforeAll(async () => {
  const [cdnPort, demoPort] = await Promise.all([freePort(), freePort()]);
  child = await serve({ CDN_PORT: String(cdnPort), DEMO_PORT: String(demoPort), API_URL: 'http://localhost:9' });
  cdn = `http://localhost:${cdnPort}`;
  demo = `http://localhost:${demoPort}`;
}, 20_000);
afterAll(() => void child.kill());

test('the manifest’s hashes are those of the files; the channel may be kept for minutes, a version for ever', async () => {
  const manifest = (await (await fetch(`${cdn}/widget/manifest.json`)).json()) as { version: string; files: Record<string, { integrity: string }> };
  expect(Object.keys(manifest.files)).toEqual([`${manifest.version}/main.js`, expect.stringMatching(/^\d+\.\d+\.\d+\/trading-[0-9a-f]{8}\.mjs$/), 'v1/main.js']);
  // A rebuild under the same version has another name, so that nothing cached for ever stands in for it.
  const [, part = ''] = Object.keys(manifest.files);
  const bytes = Buffer.from(await (await fetch(`${cdn}/widget/${part}`)).arrayBuffer());
  expect(part).toContain(createHash('sha256').update(bytes).digest('hex').slice(0, 8));
  for (const [path, { integrity }] of Object.entries(manifest.files)) {
    const response = await fetch(`${cdn}/widget/${path}`);
    const hash = createHash('sha384').update(Buffer.from(await response.arrayBuffer())).digest('base64');
    expect(`sha384-${hash}`).toBe(integrity);
    expect(response.headers.get('cache-control')).toMatch(path.startsWith('v1/') ? /max-age=300/ : /max-age=31536000, immutable/);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const again = await fetch(`${cdn}/widget/${path}`, { headers: { 'If-None-Match': response.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
  }
});

test.each(['/widget/9.9.9/main.js', '/widget/v1/main.js.map', '/widget/v1/../../package.json', '/widget/v1/%2e%2e/%2e%2e/package.json', '/package.json', '/', '/widget/npm/index.js'])('%s is not on the CDN', async (path) => {
  expect((await fetch(cdn + path)).status).toBe(404);
});

test('an address that is none is refused, and both go on serving', async () => {
  // fetch would tidy the address up first.
  const status = (origin: string) => new Promise((resolve, reject) => get(origin, { path: '//' }, (response) => resolve(response.resume().statusCode)).once('error', reject));
  expect([await status(cdn), await status(demo)]).toEqual([400, 400]);
  expect([(await fetch(`${cdn}/widget/manifest.json`)).status, (await fetch(`${demo}/`)).status]).toEqual([200, 200]);
});

test('the demo page carries the printed snippet and a strict policy', async () => {
  const response = await fetch(`${demo}/`);
  const page = await response.text();
  expect(page).toContain(`<div id="our-widget-container"></div>\n        <script src="${cdn}/widget/v1/main.js" defer></script>`);
  expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*require-trusted-types-for 'script'/);
  expect((await fetch(`${demo}/`, { method: 'POST' })).status).toBe(405);
  expect(await (await fetch(`${demo}/demo-config.json`)).json()).toMatchObject({ apiUrl: 'http://localhost:9', cdnUrl: cdn });
});

test('the npm file can be imported on a server, where init does nothing and does not throw', async () => {
  const { init, version } = (await import(new URL('../../dist/npm/index.js', import.meta.url).href)) as typeof npmEntry;
  const widget = init({ container: '#here', exchangeId: 'demo-exchange' });
  const heard = new Promise((resolve) => widget.on('error', ({ code }) => resolve(code)));
  expect([await heard, version]).toEqual(['CONTAINER_NOT_FOUND', expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  widget.update({});
  widget.destroy();
});

test('it serves the built widget of the folder it is told, so that a build for another API changes nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'widget-dist-'));
  await mkdir(join(folder, 'v1'));
  await writeFile(join(folder, 'manifest.json'), '{}');
  await writeFile(join(folder, 'v1', 'main.js'), '// of another build');
  const port = await freePort();
  const other = await serve({ CDN_PORT: String(port), DEMO_PORT: String(await freePort()), WIDGET_DIST: folder });
  const served = await (await fetch(`http://localhost:${port}/widget/v1/main.js`)).text();
  await stopped(other);
  expect(served).toBe('// of another build');
  await rm(folder, { recursive: true });
});

test('it ends by itself when it is asked to', async () => {
  expect(await stopped(child)).toBe(0);
  await expect(fetch(`${cdn}/widget/v1/main.js`)).rejects.toThrow();
});
