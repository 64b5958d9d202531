// Serves the built widget as a CDN would, and the demo partner's pages on an origin of their own.
//
//   HOST 127.0.0.1   CDN_PORT 8081   DEMO_PORT 8082   API_URL http://localhost:8080
//   CDN_URL, DEMO_URL: how browsers reach the two, when that is not http://localhost:<port>
//   WIDGET_DIST: the built widget, when that is not our own dist/
//   STOP_WITH_STDIN=1: also stop when standard input closes, so that nothing is left when whoever started us is killed
//   DEMO_TRADER_EMAIL, DEMO_TRADER_PASSWORD: fill in the demo page's sign-in form
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cdnHandler } from './serve-cdn.mjs';
import { demoHandler } from './serve-demo.mjs';
import { refuse } from './serve-static.mjs';

const root = new URL('../', import.meta.url);
const DRAIN_TIMEOUT_MS = 3000;

const config = readConfig(process.env);
const dist = process.env.WIDGET_DIST ? pathToFileURL(`${resolve(process.env.WIDGET_DIST)}/`) : new URL('dist/', root);
if (!existsSync(new URL('manifest.json', dist))) fail('There is no built widget yet: run `npm run build` first.');
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

const servers = [
  await listen(cdnHandler({ dist }), config.cdnPort),
  await listen(demoHandler({ root, ...config }), config.demoPort),
];
process.stdout.write(`serving widget ${version}: CDN ${config.cdnUrl}/widget/v1/main.js, demo ${config.demoUrl}/\n`);

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, drain);
if (process.env.STOP_WITH_STDIN === '1') process.stdin.once('close', drain).resume();
// Whoever started us may be killed before it can say stop; its end of this pipe closes all the same.
if (process.env.STOP_WITH_STDIN === '1') process.stdin.resume().once('end', () => void drain().then(() => process.exit(0)));

function readConfig(env) {
  const port = (name, fallback) => {
    const text = env[name] ?? String(fallback);
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) fail(`${name} must be a port number, not "${text}".`);
    return Number(text);
  };
  const origin = (name, fallback) => {
    const text = env[name] ?? fallback;
    if (!URL.canParse(text)) fail(`${name} must be an address like ${fallback}, not "${text}".`);
    return new URL(text).origin;
  };
  const cdnPort = port('CDN_PORT', 8081);
  const demoPort = port('DEMO_PORT', 8082);
  return {
    host: env.HOST ?? '127.0.0.1',
    cdnPort,
    demoPort,
    apiUrl: origin('API_URL', 'http://localhost:8080'),
    cdnUrl: origin('CDN_URL', `http://localhost:${cdnPort}`),
    demoUrl: origin('DEMO_URL', `http://localhost:${demoPort}`),
    trader: { email: env.DEMO_TRADER_EMAIL ?? '', password: env.DEMO_TRADER_PASSWORD ?? '' },
  };
}

function listen(handler, port) {
  const server = createServer((request, response) => {
    // One request that goes wrong must not end the service for all others.
    handler(request, response).catch(() => (response.headersSent ? response.destroy() : refuse(response, 500)));
  });
  return new Promise((resolve) => {
    server.once('error', (error) => fail(`Cannot listen on ${config.host}:${port}: ${error.code}`));
    server.listen(port, config.host, () => resolve(server));
  });
}

async function drain() {
  process.stdin.unref?.();
  const timer = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), DRAIN_TIMEOUT_MS);
  await Promise.all(
    servers.map((server) => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      return closed;
    }),
  );
  clearTimeout(timer);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
