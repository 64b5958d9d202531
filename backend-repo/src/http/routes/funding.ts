import type { RequestHandler } from 'express';
import type { Limits } from '../../config-limits.ts';
import { AppError } from '../../errors.ts';
import { fundingRequest } from '../../features/account/account.schema.ts';
import { fundingController } from '../../features/account/funding.controller.ts';
import type { DepositsService } from '../../features/account/deposits.service.ts';
import { declare } from '../access.ts';
import { authenticatePartner, limitFailures, readSignedBody } from '../authenticate.ts';
import { bucketOf, limitBy, type Limit, type Limiter } from '../limiter.ts';
import type { Nonces } from '../nonce-memory.ts';
import { rawBody, type Route } from '../router.ts';

export interface FundingRouteDeps {
  readonly deposits: DepositsService;
  /** What the payment provider signs with; `null`: there is none. */
  readonly fundingSecret: string | null;
  readonly limits: Limits;
  readonly limiter: Limiter;
  /** Callers without valid credentials, of all roles together. */
  readonly strangers: Limit;
  readonly nonces: Nonces;
  readonly now: () => number;
}

/** The one name that the payment provider has here. It cannot be a partner's key: those have a prefix. */
const PROVIDER = 'payment-provider';

/** The payment provider, by the same signature as partners (contract.md, Identity). */
export function fundingRoutes({ deposits, fundingSecret, limits, limiter, strangers, nonces, now }: FundingRouteDeps): Route[] {
  const { partnerCallsPerMinute, partnerCallsBurst } = limits;
  const provider = fundingSecret === null ? undefined : { apiKey: PROVIDER, exchangeId: PROVIDER, apiSecret: fundingSecret };
  const configured: RequestHandler = (_req, _res, next) => {
    if (!provider) throw new AppError('FUNDING_UNAVAILABLE');
    next();
  };
  const signed = limitFailures(limiter, strangers)(declare({ who: 'provider' }, authenticatePartner((apiKey) => (apiKey === PROVIDER ? provider : undefined), now)));
  const rate = limitBy(limiter, bucketOf('funding-calls', { name: 'funding', quota: partnerCallsPerMinute, windowSeconds: 60 }, partnerCallsBurst), () => PROVIDER);
  return [
    {
      method: 'post', path: '/api/funding/deposits', body: fundingRequest,
      handlers: [configured, rawBody, signed, rate, readSignedBody(nonces), fundingController(deposits).fund],
    },
  ];
}
