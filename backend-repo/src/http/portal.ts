import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { AppError } from '../errors.ts';

/** The operator's own pages: path → the built file. */
export const PORTAL_PAGES = {
  '/login': 'login.html',
  '/register': 'register.html',
  '/verify': 'verify.html',
  '/reset': 'reset.html',
  '/account/security': 'account-security.html',
} as const;
export type PortalPage = keyof typeof PORTAL_PAGES;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const ASSETS_MAX = 200;

interface BuiltFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly packed: Buffer;
  readonly tag: string;
}

export interface Portal {
  readonly page: (path: PortalPage) => RequestHandler;
  readonly asset: RequestHandler;
}

/**
 * Reads the built pages once, at start. What is served is looked up by name among what was read: no path of a request ever reaches the disk.
 * @throws Error when the folder is not a built portal
 */
export function readPortal(folder: string): Portal {
  const pages = new Map(Object.entries(PORTAL_PAGES).map(([path, name]) => [path, readBuilt(folder, name)]));
  const names = readdirSync(join(folder, 'assets')).filter((name) => TYPES[extname(name)] !== undefined);
  if (names.length > ASSETS_MAX) throw new Error(`PORTAL_DIR ${folder} has more than ${ASSETS_MAX} assets: it is not a built portal.`);
  const assets = new Map(names.map((name) => [name, readBuilt(join(folder, 'assets'), name)]));
  return {
    // A page names the assets of its build, so a browser asks each time whether there is a newer one.
    page: (path) => (req, res) => answer(req, res, pages.get(path)!, 'no-cache'),
    asset: (req, res) => {
      const file = assets.get(req.params['name'] as string);
      if (!file) throw new AppError('NOT_FOUND');
      answer(req, res, file, 'public, max-age=31536000, immutable');
    },
  };
}

function readBuilt(folder: string, name: string): BuiltFile {
  let plain: Buffer;
  try {
    plain = readFileSync(join(folder, name));
  } catch (cause) {
    throw new Error(`PORTAL_DIR has no ${name} at ${folder}. Build the portal, and name the folder that its pages are in.`, { cause });
  }
  return { type: TYPES[extname(name)]!, plain, packed: gzipSync(plain, { level: 9 }), tag: createHash('sha256').update(plain).digest('base64url').slice(0, 22) };
}

function answer(req: Request, res: Response, { type, plain, packed, tag }: BuiltFile, cacheControl: string): void {
  const isPacked = req.acceptsEncodings('gzip') === 'gzip';
  // Two forms of one file are two things to a cache.
  const etag = isPacked ? `"${tag}-gzip"` : `"${tag}"`;
  res.setHeader('Cache-Control', cacheControl);
  res.setHeader('Vary', 'Accept-Encoding');
  res.setHeader('ETag', etag);
  if (req.headers['if-none-match']?.split(/,\s*/).includes(etag)) {
    res.status(304).end();
    return;
  }
  const body = isPacked ? packed : plain;
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Length', body.length);
  if (isPacked) res.setHeader('Content-Encoding', 'gzip');
  res.end(req.method === 'HEAD' ? undefined : body);
}
