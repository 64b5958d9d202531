import { measureAnswers, TIMED, TIMING_ENV, type AnswerTimes, type Timed } from '../src/testing/answer-times.ts';
import { startTestPostgres } from '../src/testing/postgres.ts';
import { createTestApp } from '../src/testing/test-app.ts';

/**
 * `scripts/chaos login-timing [--short | --full]`: rule A7. Signing in, signing up and asking for a reset, with addresses that somebody has and that
 * nobody has, one after the other: whether anybody can tell them apart by the time of the answer. `--full` tries each a thousand times.
 */
const TRIES: Record<Timed, number> = { login: 1_000, register: 1_000, reset: 400 };
const APART_MAX = 0.05;
const CHANCE_MIN = 0.01;

export async function main(args: readonly string[]): Promise<void> {
  const share = args.includes('--full') ? 1 : args.includes('--short') ? 0.03 : 0.2;
  const postgres = await startTestPostgres();
  process.env['TEST_POSTGRES'] = JSON.stringify(postgres.address);
  const results: Partial<Record<Timed, AnswerTimes>> = {};
  try {
    const app = await createTestApp({ env: { ...TIMING_ENV, ROLES: 'widget' }, runJobsByClock: false });
    for (const what of TIMED) {
      await measureAnswers(app, what, 10);
      results[what] = await measureAnswers(app, what, Math.round(TRIES[what] * share));
      console.log(`${what}: ${JSON.stringify(results[what])}`);
    }
    await app.close();
  } finally {
    await postgres.stop();
  }
  const told = TIMED.filter((what) => results[what]!.apart >= APART_MAX || results[what]!.chance < CHANCE_MIN);
  const round = (value: number): number => Math.round(value * 10_000) / 10_000;
  const of = (pick: (times: AnswerTimes) => number): Record<string, number> => Object.fromEntries(TIMED.map((what) => [what, round(pick(results[what]!))]));
  console.log(JSON.stringify({
    bench: 'login-timing', ratios: { apart: of(({ apart }) => apart), chance: of(({ chance }) => chance) }, latency_ms: { known: of(({ known }) => known), unknown: of(({ unknown }) => unknown) },
    counts: { tries: of(({ tries }) => tries), told_apart: told.length }, notes: 'Medians of known and unknown addresses, one after the other; chance by Mann-Whitney, two-sided',
  }));
  if (told.length > 0) process.exitCode = 1;
}
