import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { connect } from '../db/connection.ts';
import { DatabaseWatchRepository } from '../jobs/database-watch.repository.ts';
import { DatabaseWatch } from '../jobs/database-watch.ts';
import { createPartner, openSession, requestToken } from './builders.ts';
import { createTestApp, type TestApp } from './test-app.ts';
import { sql } from './venue.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly action: string };
}

const { groups } = parse(readFileSync(new URL('../../../docs/alerts.yaml', import.meta.url), 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const metric = async (name: string): Promise<{ labels: Record<string, unknown>; value: number }[]> => {
  const { values } = await app.app.metrics.registry.getSingleMetric(name)!.get();
  return values.map(({ labels, value }) => ({ labels, value }));
};

/** What Prometheus says of each target by itself. */
const OF_PROMETHEUS = new Set(['up']);
const OPERATORS = new Set(['and', 'or', 'unless']);

/** What is left of an expression without labels, ranges, numbers, groupings and functions. */
function metricsOf(expr: string): string[] {
  const ungrouped = expr.replace(/\{[^}]*\}|\[[^\]]*\]/g, '').replace(/ by \([^)]*\) ?/g, '');
  const bare = ungrouped.replace(/[a-z_0-9]+(?=\()/g, '');
  const names = [...bare.matchAll(/[a-z][a-z0-9_]+/g)].map(([name]) => name).filter((name) => !OPERATORS.has(name));
  return names.map((name) => name.replace(/_(bucket|count|sum)$/, ''));
}

const ruleOf = (name: string): Rule | undefined => rules.find(({ alert }) => alert === name);

test.each(rules)('the alert $alert looks at metrics there are, and says what to do', ({ expr, annotations }) => {
  app.app.metrics.redisAvailable(true);
  const names = metricsOf(expr);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names.filter((each) => !OF_PROMETHEUS.has(each))) expect([name, app.app.metrics.registry.getSingleMetric(name) !== undefined]).toEqual([name, true]);
  for (const text of [annotations.summary, annotations.action]) expect(text.length).toBeGreaterThan(20);
});

test('a node that does not answer Prometheus is noticed, and named', () => {
  expect(ruleOf('NodeDown')?.expr).toMatch(/^up(\{[^}]*\})? == 0$/);
});

test('a job is no ticket as long as it succeeded within the time in which it failed', () => {
  const branches = ruleOf('JobFails')!.expr.split(/\bor\b/);
  expect(branches.length).toBeGreaterThan(0);
  for (const branch of branches) {
    const [, failed] = /outcome="failed"\}\[(\w+)\]/.exec(branch)!;
    const [, succeeded] = /unless .*outcome="ok"\}\[(\w+)\]\)\) > 0/.exec(branch) ?? [];
    expect(succeeded).toBe(failed);
  }
});

test('a token request that is refused counts under its code, other routes’ refusals do not', async () => {
  const user = await openSession(app, await createPartner(app));
  await requestToken(app, user, { symbol: 'NOSUCH', side: 'BUY', type: 'MARKET', quantity: '1' }).expect(400);
  await app.request.get('/api/widget/config?id=no-such-exchange').expect(404);
  expect(await metric('trade_tokens_refused_total')).toEqual([{ labels: { code: 'UNKNOWN_SYMBOL' }, value: 1 }]);
});

test('rows in a default partition and a clock that is off are seen', async () => {
  const database = connect(app.database.appUrl, 2, () => undefined);
  const { defaultPartitionBytes, databaseClockAhead } = app.app.metrics;
  const watch = new DatabaseWatch({ repository: new DatabaseWatchRepository(database.app), onDefaultPartition: defaultPartitionBytes, onClock: databaseClockAhead, now: () => Date.now() - 60_000 });
  try {
    await watch.look();
    expect((await metric('default_partition_bytes')).filter(({ value }) => value > 0)).toEqual([]);
    await sql(app.database.superUrl, `insert into widget.redemptions (jti, exchange_id, redeemed_at) values ('ffffffff-ffff-7fff-bfff-ffffffffffff', 'x', now())`);
    await watch.look();
    expect((await metric('default_partition_bytes')).filter(({ value }) => value > 0)).toEqual([{ labels: { table: 'widget.redemptions' }, value: 8192 }]);
    const [ahead] = await metric('database_clock_ahead_seconds');
    expect(Math.abs(ahead!.value - 60)).toBeLessThan(1);
  } finally {
    await database.close();
  }
});
