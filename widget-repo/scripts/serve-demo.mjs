import { randomBytes } from 'node:crypto';
import { answer, isAddress, isRead, readIfThere, refuse } from './serve-static.mjs';

const PAGES = { '/': 'index.html', '/strict.html': 'strict.html', '/label.html': 'label.html', '/hostile.html': 'hostile.html' };
const FILES = /^\/(demo\.css|[a-z-]+\.js|hostile\.css|favicon\.svg)$/;
// What the printed snippet of the specification names; here it is the CDN that we serve.
const SNIPPET_ORIGIN = 'https://cdn.our-domain.com';

/** The partner's pages, under the content security policy that a careful partner would send. */
export function demoHandler({ root, apiUrl, cdnUrl, trader }) {
  return async (request, response) => {
    if (!isRead(request)) return refuse(response, 405);
    if (!isAddress(request)) return refuse(response, 400);
    const { pathname } = new URL(request.url, 'http://demo');
    if (pathname === '/demo-config.json') {
      const body = JSON.stringify({ apiUrl, cdnUrl, trader });
      return answer(request, response, { path: pathname, body, headers: { 'Cache-Control': 'no-store' } });
    }
    const page = Object.hasOwn(PAGES, pathname) ? PAGES[pathname] : null;
    const file = page ?? FILES.exec(pathname)?.[1];
    const bytes = file && (await readIfThere(new URL(`demo/${file}`, root)));
    if (!bytes) return refuse(response, 404);
    if (!page) return answer(request, response, { path: file, body: bytes, headers: { 'Cache-Control': 'no-cache' } });

    const nonce = randomBytes(16).toString('base64');
    const body = bytes.toString('utf8').replaceAll(SNIPPET_ORIGIN, cdnUrl).replaceAll('{nonce}', nonce).replaceAll('{apiUrl}', apiUrl);
    const policy = page === 'strict.html' ? strictPolicy(apiUrl, nonce) : partnerPolicy(apiUrl, cdnUrl);
    const headers = { 'Cache-Control': 'no-store', 'Content-Security-Policy': policy, 'Referrer-Policy': 'strict-origin-when-cross-origin' };
    answer(request, response, { path: file, body, headers });
  };
}

function partnerPolicy(apiUrl, cdnUrl) {
  return [
    "default-src 'none'",
    `script-src 'self' ${cdnUrl}`,
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${apiUrl}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** As strict as a policy can be: no style at all, scripts by nonce only, no trusted-type policy. */
function strictPolicy(apiUrl, nonce) {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'none'",
    "img-src 'self'",
    `connect-src 'self' ${apiUrl}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}
