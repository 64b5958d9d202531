import type pg from 'pg';
import { crc32 } from 'node:zlib';
import { writerTransactionOf } from '../db/as-user.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { CandlesRepository } from '../features/market/candles.repository.ts';
import { MarketDataService } from '../features/market/market-data.service.ts';
import { MarketRepository } from '../features/market/market.repository.ts';
import { MarketService, type MarketDeps } from '../features/market/market.service.ts';
import { ReopeningRepository } from '../features/market/reopening.repository.ts';
import { ReopeningService, type ReopeningDeps } from '../features/market/reopening.service.ts';
import { MarketState } from '../features/market/market.state.ts';
import { TradeTape } from '../features/market/tape.state.ts';
import type { VenueBatch } from '../features/orders/engine-batch.repository.ts';
import type { Foundation } from './foundation.ts';

/** What is remembered of the trading, before there is an engine that trades. */
export interface MarketMemory {
  readonly markets: MarketState;
  readonly tape: TradeTape;
  readonly observe: (batch: VenueBatch) => void;
}

export function rememberMarkets({ database, clock }: Foundation, pool: pg.Pool): MarketMemory {
  const markets = new MarketState(new MarketRepository(pool), clock);
  const tape = new TradeTape(new CandlesRepository(database.writer), clock);
  return {
    markets,
    tape,
    observe: (batch) => {
      markets.observe(batch);
      tape.observe(batch);
    },
  };
}

/** Opens markets again that their circuit breakers halted. */
export function buildReopening({ config, database, now, randomBytes }: Foundation, venue: Pick<ReopeningDeps, 'carryOut' | 'tell' | 'markets'>): ReopeningService {
  const transaction = writerTransactionOf(database.app, (sql) => {
    const entries = new AuditRepository(sql);
    return { reopenings: new ReopeningRepository(sql), audit: (entry: AuditEntry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry) };
  });
  return new ReopeningService({ ...venue, transaction, pauseSeconds: config.breakerPauseSeconds, now });
}

export function buildMarket({ now }: Foundation, { markets, tape }: MarketMemory, engine: Pick<MarketDeps, 'carryOut' | 'depthHere'>): { market: MarketService; marketData: MarketDataService } {
  const market = new MarketService({ ...engine, markets, crc32: (text) => crc32(text), now });
  const marketData = new MarketDataService({ markets, tape, touch: (symbol) => market.touch(symbol), now });
  return { market, marketData };
}
