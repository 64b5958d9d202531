import { setImmediate as breath, setTimeout as rest } from 'node:timers/promises';
import { asStaff } from '../db/as-user.ts';
import type { OrderBookDepth } from '../domain/matching/types.ts';
import type { Touch } from '../domain/risk/facts.ts';
import { amountFrom } from '../domain/money.ts';
import { riskThresholds } from '../domain/risk/thresholds.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import type { ReverificationService } from '../features/auth/reverification.service.ts';
import { RiskEventsRepository, RiskWatchRepository } from '../features/risk/risk.repository.ts';
import { RiskResponsesService } from '../features/risk/risk-responses.service.ts';
import { RiskService } from '../features/risk/risk.service.ts';
import { RiskMemory } from '../features/risk/risk.state.ts';
import type { Foundation } from './foundation.ts';

/** The venue's watch. It judges on the node that runs the engine; what was found, any node shows. */
export function buildRisk({ config, database, logger, metrics, now, clock, randomBytes }: Foundation): RiskService {
  const as = asStaff(database.app);
  const newId = (): string => uuidV7(now(), randomBytes(10));
  const { unusualVolumeThreshold, velocityWindowSeconds, ordersPerMinuteMax } = config.security;
  const thresholds = riskThresholds({ unusualVolume: amountFrom(unusualVolumeThreshold), velocityWindowMs: velocityWindowSeconds * 1_000, ordersPerMinuteMax });
  return new RiskService({
    memory: new RiskMemory(thresholds.unusualVolume.windowMs),
    thresholds,
    watch: new RiskWatchRepository(database.writer),
    asStaff: (userId, work) =>
      as(userId, (sql) => {
        const entries = new AuditRepository(sql);
        return work({ events: new RiskEventsRepository(sql), audit: (entry) => entries.add(newId(), now(), entry) });
      }),
    count: metrics.riskEvent,
    newReference: newId,
    now,
    clock,
    later: setImmediate,
    breath,
    rest,
    onTrouble: (error, message) => logger.error({ error }, message),
  });
}

/** What follows from grave events by itself: their owner has to show that the account is theirs. */
export function buildRiskResponses({ config, database, now }: Foundation, reverification: Pick<ReverificationService, 'force'>): RiskResponsesService {
  return new RiskResponsesService({
    watch: new RiskWatchRepository(database.writer),
    forceReverification: (userId) => reverification.force(userId, 'risk_events', { kind: 'system', id: 'risk' }),
    eventsMin: config.security.reverifyAfterRiskEvents,
    now,
  });
}

export function touchOf(depth: OrderBookDepth | null): Touch | null {
  return depth && { bid: depth.bids[0]?.[0] ?? null, ask: depth.asks[0]?.[0] ?? null };
}
