import { MARKET, makeStream, type Stream } from './engine-stream.ts';
import { type Contestant, OurBook, OurVenue, PeersBook, type Result } from './engine-contestants.ts';

/**
 * `scripts/bench engine`: our matching engine against npm's nodejs-order-book on the same stream, in turns of 131,072 commands, in one process. The book is compared
 * with all it can do (owners, self-trade prevention, post-only, stops); the whole venue, with balances, fees and journal, is told beside it.
 * All must agree on the number of trades, the volume and the final book. `--short` is the form the tests run.
 */
const SEED = 42;
/** Commands in one turn of a contestant: enough that the caches are its own again. The venue’s, which are objects, are made untimed. */
const CHUNK = 131_072;

type Name = 'ours' | 'peer' | 'venue';
const CONTESTANTS: Readonly<Record<Name, (stream: Stream) => Contestant>> = {
  ours: (stream) => new OurBook(stream),
  peer: (stream) => new PeersBook(stream),
  venue: (stream) => new OurVenue(stream),
};
const NAMES = Object.keys(CONTESTANTS) as Name[];

export async function main(args: string[]): Promise<void> {
  const short = args.includes('--short');
  const stream = makeStream(short ? 100_000 : 2_000_000, SEED);
  const rounds = short ? 1 : 3;
  const seconds: Record<Name, number[]> = { ours: [], peer: [], venue: [] };
  const results: Result[] = [];
  // A short run would measure the compiler.
  if (short) for (let warm = 0; warm < 3; warm += 1) carryOut(OurBook, stream);
  for (let round = 0; round < rounds; round += 1) {
    const contestants = NAMES.map((name) => CONTESTANTS[name](stream));
    const taken = timed(contestants, stream);
    NAMES.forEach((name, index) => seconds[name].push(taken[index]!));
    results.push(...contestants.map((contestant) => contestant.result()));
    console.log(`round ${round + 1}/${rounds}: ${NAMES.map((name) => `${name} ${perSecond(stream, seconds[name].at(-1)!)}/s`).join(', ')}`);
  }
  report(stream, seconds, results, latencies(stream, short ? 1 : 3));
}

function carryOut(Book: typeof OurBook, stream: Stream): void {
  new Book(stream).run(0, stream.length);
}

/** Seconds of each for everything after the warm-up orders. They take turns: what slows the machine down meets them all. */
function timed(contestants: readonly Contestant[], stream: Stream): number[] {
  const milliseconds = contestants.map(() => 0);
  for (const contestant of contestants) {
    contestant.prepare(0, stream.warmUp);
    contestant.run(0, stream.warmUp);
  }
  for (let from = stream.warmUp; from < stream.length; from += CHUNK) {
    const to = Math.min(stream.length, from + CHUNK);
    contestants.forEach((contestant, index) => {
      contestant.prepare(from, to);
      const started = performance.now();
      contestant.run(from, to);
      milliseconds[index]! += performance.now() - started;
    });
  }
  return milliseconds.map((taken) => taken / 1000);
}

interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
}

/** Of our book, in microseconds, with a clock read on each side of every command; the clock's own time is in it. */
function latencies(stream: Stream, runs: number): Latencies {
  const all: Latencies[] = [];
  for (let run = 0; run < runs; run += 1) {
    const book = new OurBook(stream);
    book.run(0, stream.warmUp);
    const micros = new Float64Array(stream.length - stream.warmUp);
    for (let at = stream.warmUp; at < stream.length; at += 1) {
      const started = performance.now();
      book.run(at, at + 1);
      micros[at - stream.warmUp] = (performance.now() - started) * 1000;
    }
    micros.sort();
    const share = (part: number): number => micros[Math.min(micros.length - 1, Math.floor(micros.length * part))]!;
    all.push({ p50: share(0.5), p99: share(0.99), p999: share(0.999), p9999: share(0.9999) });
  }
  const of = (pick: (one: Latencies) => number): number => Math.round(median(all.map(pick)) * 1000) / 1000;
  return { p50: of((l) => l.p50), p99: of((l) => l.p99), p999: of((l) => l.p999), p9999: of((l) => l.p9999) };
}

function report(stream: Stream, seconds: Record<Name, number[]>, results: readonly Result[], micros: Latencies): void {
  // Round by round, so that what slows the machine down slows both sides of a ratio down.
  const ratio = (one: Name): number => Math.round(median(seconds[one].map((taken, round) => seconds.peer[round]! / taken)) * 100) / 100;
  const first = results[0]!;
  const differences = results.filter(({ trades, volume, book }) => trades !== first.trades || volume !== first.volume || book !== first.book).length;
  const [bids, asks] = JSON.parse(first.book) as [unknown[], unknown[]];
  const line = {
    bench: 'engine',
    ratios: { vs_nodejs_order_book: ratio('ours'), venue_vs_nodejs_order_book: ratio('venue') },
    latency_ms: { p50: inMs(micros.p50), p99: inMs(micros.p99), p999: inMs(micros.p999) },
    latency_us: micros,
    counts: {
      commands: stream.length - stream.warmUp,
      market_orders: stream.kinds.reduce((sum, kind) => sum + (kind === MARKET ? 1 : 0), 0),
      trades: first.trades,
      volume: first.volume,
      levels_at_end: bids.length + asks.length,
      differences,
      per_second: Object.fromEntries(NAMES.map((name) => [name, perSecond(stream, median(seconds[name]))])),
    },
    notes: `Node ${process.version}, one process, medians of ${seconds.ours.length} interleaved rounds, the same trades, volume and final book; nodejs-order-book 10.1.1 gets strings made beforehand for ids, ours numbers; both look for self-trade in every mode; latency is our book's, clock included; venue: rules, balances, fees, journal, events and batches of 64`,
  };
  console.log(JSON.stringify(line));
  // Speed depends on the machine; that all agree never does.
  if (differences > 0) process.exitCode = 1;
}

const inMs = (micros: number): number => Math.round(micros * 1000) / 1_000_000;
const perSecond = (stream: Stream, seconds: number): number => Math.round((stream.length - stream.warmUp) / seconds);
const median = (values: readonly number[]): number => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
