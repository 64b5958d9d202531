import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startTestPostgres } from '../postgres.ts';
import { Fuzz, partsReached, sum, type FuzzReport } from './fuzz.ts';
import { createWorld } from './world.ts';

/**
 * `npm run fuzz [-- --short] [--inputs=N] [--seed=N]`: bad inputs for every operation of docs/openapi.yaml. Nothing may answer 5xx or what the contract
 * does not declare, and nothing that is refused may change anything. The last line printed is one JSON object (design §3).
 */
const INPUTS = 10_000;
const INPUTS_SHORT = 1_500;
const REACHED_MIN = 0.6;
/** Of a few inputs chance takes a larger part. */
const REACHED_OF_EACH_MIN = 0.5;
const GROWTH_BYTES_MAX = 64 * 1024 * 1024;

export async function main(args: readonly string[]): Promise<void> {
  const short = args.includes('--short');
  const seed = numberOf(args, 'seed') ?? Date.now() % 1_000_000_000;
  const inputs = numberOf(args, 'inputs') ?? (short ? INPUTS_SHORT : INPUTS);
  console.log(`seed ${seed}`);
  const started = performance.now();
  const postgres = await startTestPostgres();
  process.env['TEST_POSTGRES'] = JSON.stringify(postgres.address);
  try {
    const world = await createWorld({ full: inputs > 2 * INPUTS_SHORT });
    const heapBefore = heapBytes();
    const report = await new Fuzz(world, seed).run(inputs);
    // The lines the test kept are the test's own.
    const growth = heapBytes() - heapBefore - world.app.logs.reduce((sum, line) => sum + line.length, 0);
    const leaked = world.app.logs.filter((line) => world.secrets.some((secret) => line.includes(secret))).length;
    await world.app.close();
    tell(report, { seed, growth, leaked, seconds: Math.round((performance.now() - started) / 1000) });
  } finally {
    await postgres.stop();
  }
}

function tell(report: FuzzReport, { seed, growth, leaked, seconds }: { seed: number; growth: number; leaked: number; seconds: number }): void {
  for (const [operation, statuses] of Object.entries(report.statuses)) console.log(`${operation.padEnd(24)} ${Object.entries(statuses).map(([status, count]) => `${status}: ${count}`).join('  ')}`);
  for (const failure of report.failures) console.log(`\n${failure.operation} (seed ${failure.seed}): ${failure.what}\n  ${JSON.stringify(failure.faults).slice(0, 600)}`);
  const { inputs, operations, serverErrors, undeclared, changed, unfit } = report;
  const parts = partsReached(report);
  const least = Object.entries(parts).reduce((low, entry) => (entry[1] < low[1] ? entry : low));
  const reached = sum(report.reached) / inputs;
  const counts = { inputs, operations, server_errors: serverErrors, undeclared, changed, unfit, secrets_in_log: leaked };
  console.log(JSON.stringify({ bench: 'fuzz', counts, notes: { seed, seconds, reached: percent(reached), least_reached: `${least[0]} ${percent(least[1])}`, refused_unchanged: report.refusedUnchanged, to_come: report.toCome, heap_growth_mb: Math.round(growth / 1e6) } }));
  if (report.failures.length > 0 || leaked > 0 || reached < REACHED_MIN || least[1] < REACHED_OF_EACH_MIN || growth > GROWTH_BYTES_MAX) process.exitCode = 1;
}

const percent = (part: number): string => `${Math.round(part * 100)} %`;

function numberOf(args: readonly string[], name: string): number | null {
  const text = args.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
  return text === undefined ? null : Number(text);
}

/** What is still held after everything that can go has gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

if (process.argv[1]?.endsWith('fuzz/main.ts')) await main(process.argv.slice(2));
