import cron from 'node-cron';
import type { Logger } from '../logger.ts';

export interface CoreJobs {
  readonly watchDatabase: () => Promise<void>;
  readonly moveAccessKeys: () => Promise<void>;
  readonly purgeSessions: () => Promise<void>;
  readonly chainAudit: () => Promise<void>;
  readonly watchAudit: () => Promise<unknown>;
  readonly recordReads: () => Promise<void>;
  readonly recordRefusals: () => Promise<void>;
  readonly deliverMails: () => Promise<void>;
  readonly watchMails: () => Promise<void>;
  readonly purgeMails: () => Promise<unknown>;
  readonly forgetSignIns: () => Promise<unknown>;
  readonly tellOfRisks: () => Promise<void>;
}

export interface WidgetJobs {
  readonly ensurePartitions: () => Promise<void>;
  readonly movePartnerKeys: () => Promise<void>;
  readonly purgeTokenKeys: () => Promise<unknown>;
}

export interface TradingJobs {
  readonly ensureTradingPartitions: () => Promise<void>;
  readonly deliverReports: () => Promise<void>;
  readonly purgeOrderKeys: () => Promise<unknown>;
  readonly settleAccounts: () => Promise<void>;
  readonly recalculateTiers: () => Promise<void>;
  readonly lookForRisks: () => Promise<void>;
  readonly respondToRisks: () => Promise<void>;
  readonly storeCandles: () => Promise<void>;
  readonly reopenMarkets: () => Promise<void>;
}

/** What runs when. Any of it may run twice and on two machines. A role hands over all of its jobs, or none. */
export type Jobs = CoreJobs & Partial<WidgetJobs> & Partial<TradingJobs>;

interface Line {
  readonly name: string;
  /** UTC. */
  readonly cron: string;
  readonly run: () => Promise<unknown>;
}

const lines = (jobs: Jobs): Line[] => {
  const all: [keyof Jobs, string][] = [
    ['watchDatabase', '* * * * *'],
    ['moveAccessKeys', '*/5 * * * * *'],
    ['purgeSessions', '37 * * * *'],
    // An entry is in the chain within a second or so of its commit; so is what the venue and the token ledger have appended.
    ['chainAudit', '* * * * * *'],
    ['watchAudit', '*/30 * * * * *'],
    // Of this node, counted in memory: a crash loses this much.
    ['recordReads', '*/10 * * * * *'],
    ['recordRefusals', '* * * * *'],
    ['deliverMails', '*/2 * * * * *'],
    ['watchMails', '*/30 * * * * *'],
    ['purgeMails', '23 * * * *'],
    // Links, challenges and failures that count for nothing any more.
    ['forgetSignIns', '29 * * * *'],
    ['tellOfRisks', '*/2 * * * * *'],
    ['ensurePartitions', '7 * * * *'],
    // A new key begins to sign within this time of its moment.
    ['movePartnerKeys', '*/5 * * * * *'],
    ['purgeTokenKeys', '*/5 * * * *'],
    ['ensureTradingPartitions', '17 * * * *'],
    // What could not be reported right after its commit.
    ['deliverReports', '*/5 * * * * *'],
    ['purgeOrderKeys', '*/10 * * * *'],
    // Deposits, withdrawals and fee rates that a crash left half done.
    ['settleAccounts', '*/5 * * * * *'],
    // Volumes hourly. Tiers once a UTC day, soon after it began; the later looks make up for a night off.
    ['recalculateTiers', '11 * * * *'],
    ['lookForRisks', '*/5 * * * * *'],
    // What follows from grave ones by itself.
    ['respondToRisks', '*/5 * * * * *'],
    // Trades are added to the stored candles long before a node forgets the minute they are of.
    ['storeCandles', '*/10 * * * * *'],
    // Those that a circuit breaker halted, once its pause is over.
    ['reopenMarkets', '*/2 * * * * *'],
  ];
  return all.flatMap(([name, when]) => (jobs[name] ? [{ name, cron: when, run: jobs[name] }] : []));
};

/** Left to itself node-cron writes to the console, past the log. That a turn is left out while the last one is at work is meant, and no news. */
function cronLog(job: string, logger: Logger) {
  const quietly = (text: unknown): void => logger.debug({ job, text: String(text) }, 'the scheduler says');
  return { debug: quietly, info: quietly, warn: quietly, error: (text: unknown): void => logger.error({ job, text: String(text) }, 'the scheduler says') };
}

/** Jobs of one second begin one after another: a dozen at once, each with its connections, kept orders waiting for up to 50 ms. */
const APART_MS = 30;

export function startSchedule(jobs: Jobs, logger: Logger, ran: (name: string, ok: boolean) => void): { stop: () => void } {
  let stopped = false;
  const tasks = lines(jobs).map(({ name, cron: when, run }, place) =>
    cron.schedule(
      when,
      async () => {
        await new Promise((resolve) => setTimeout(resolve, place * APART_MS).unref());
        if (stopped) return;
        try {
          await run();
          ran(name, true);
        } catch (error) {
          ran(name, false);
          logger.error({ job: name, error }, 'job failed; it runs again at its next time');
        }
      },
      { name, timezone: 'UTC', noOverlap: true, logger: cronLog(name, logger) },
    ),
  );
  return {
    stop: () => {
      stopped = true;
      for (const task of tasks) void task.destroy();
    },
  };
}
