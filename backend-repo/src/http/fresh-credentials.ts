import type { RequestHandler } from 'express';

/**
 * An API key that this node does not know may have been made on another one a moment ago. Stands before `authenticatePartner`, which
 * decides; an unknown key costs a look at the database at most once a second, whoever invents it.
 */
export function lookForFreshCredentials(isKnown: (apiKey: string) => boolean, lookAgain: () => Promise<void>): RequestHandler {
  return async (req, _res, next) => {
    const apiKey = req.headers['x-api-key'];
    if (typeof apiKey === 'string' && !isKnown(apiKey)) await lookAgain();
    next();
  };
}
