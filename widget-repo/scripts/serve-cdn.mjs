import { answer, isAddress, isRead, readIfThere, refuse } from './serve-static.mjs';

const SHORT = 'public, max-age=300, stale-while-revalidate=60';
const FOR_EVER = 'public, max-age=31536000, immutable';
const OPEN = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin', 'Timing-Allow-Origin': '*' };
// The only addresses there are: what is not named here does not exist, whatever its path looks like.
const ADDRESS = /^\/widget\/(?:(v1|\d+\.\d+\.\d+)\/(main\.js|trading-[0-9a-f]{8}\.mjs)|(manifest\.json))$/;

/** The CDN: the moving channel may be kept for minutes, a version for ever. */
export function cdnHandler({ dist }) {
  return async (request, response) => {
    if (request.method === 'OPTIONS') return response.writeHead(204, { ...OPEN, 'Access-Control-Allow-Methods': 'GET, HEAD' }).end();
    if (!isRead(request)) return refuse(response, 405, OPEN);
    if (!isAddress(request)) return refuse(response, 400, OPEN);
    const match = ADDRESS.exec(new URL(request.url, 'http://cdn').pathname);
    if (!match) return refuse(response, 404, OPEN);
    const [, channel, file, manifest] = match;
    const path = manifest ?? `${channel}/${file}`;
    const body = await readIfThere(new URL(path, dist));
    if (!body) return refuse(response, 404, OPEN);
    const cache = manifest || channel === 'v1' ? SHORT : FOR_EVER;
    answer(request, response, { path, body, headers: { ...OPEN, 'Cache-Control': cache } });
  };
}
