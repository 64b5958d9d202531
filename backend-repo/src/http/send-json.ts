import type { Response } from 'express';

/**
 * What `res.json` sends, without what it asks first (ETag, freshness, charset of a type it just set): for the routes where that shows.
 * Node writes head and body in one piece when the length is known.
 */
export function sendJson(res: Response, status: number, body: object): void {
  const text = JSON.stringify(body);
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}
