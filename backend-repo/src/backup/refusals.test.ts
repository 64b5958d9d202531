import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pbkdf2 } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { cloneDatabase, createEmptyDatabase, type TestDatabase } from '../testing/postgres.ts';
import { sql } from '../testing/venue.ts';
import { readArchive, writeArchive } from './archive.ts';
import { restoreBackup } from './restore-backup.ts';
import type { Entry } from './tar.ts';
import { writeBackup } from './write-backup.ts';

let directory: string;
let source: TestDatabase;
let target: TestDatabase;
let file: string;
let bytes: Buffer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backup-refusals-'));
  [source, target] = [await cloneDatabase(), await createEmptyDatabase()];
  await sql(source.superUrl, `insert into widget.redemptions select gen_random_uuid(), 'one', now() from generate_series(1, 500)`);
  file = join(directory, 'good.tar.gz');
  await writeBackup(source.ownerUrl, file);
  bytes = await readFile(file);
});
afterAll(async () => {
  await source.drop();
  await target.drop();
  await rm(directory, { recursive: true, force: true });
});

let made = 0;
const newFile = (): string => join(directory, `made-${(made += 1)}.tar.gz`);

async function fileOf(content: Buffer): Promise<string> {
  const name = newFile();
  await writeFile(name, content);
  return name;
}

/** A backup whose checksums are right and whose content is not, as a person with bad intent or bad tools would make it. */
async function repacked(change: (entry: Entry) => Entry | null): Promise<string> {
  const name = newFile();
  await writeArchive(name, (async function* () {
    for await (const entry of readArchive(file)) {
      const changed = entry.name === 'SHA256SUMS' ? null : change(entry);
      if (changed) yield changed;
    }
  })());
  return name;
}

const withManifest = (change: (manifest: Record<string, unknown>) => object): Promise<string> =>
  repacked(({ name, body }) => ({ name, body: name === 'manifest.json' ? Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()) as object, ...change(JSON.parse(body.toString()) as Record<string, unknown>) })) : body }));

const withRedemptions = (change: (rows: string) => string): Promise<string> =>
  repacked(({ name, body }) => ({ name, body: name.startsWith('widget.redemptions/') ? Buffer.from(change(body.toString())) : body }));

function flipped(content: Buffer, at: number): Buffer {
  const changed = Buffer.from(content);
  changed[at] = changed[at]! ^ 0x01;
  return changed;
}

const remains = (database: TestDatabase): Promise<unknown[]> =>
  sql(database.superUrl, `select nspname from pg_namespace where nspname in ('auth', 'audit', 'jobs', 'widget', 'trading') union all select tablename from pg_tables where schemaname = 'public'`);

describe('refused, with nothing written:', () => {
  test.each<[string, () => Promise<string>, RegExp]>([
    ['a file with one bit changed', () => fileOf(flipped(bytes, bytes.length >> 1)), /damaged|not usable/],
    ['a file with one bit changed at its end', () => fileOf(flipped(bytes, bytes.length - 6)), /damaged/],
    ['an unpacked and repacked file with one bit changed', () => fileOf(gzipSync(flipped(gunzipSync(bytes), gunzipSync(bytes).indexOf('one\t')))), /checksums do not match/],
    ['half a file', () => fileOf(bytes.subarray(0, bytes.length >> 1)), /cut short/],
    ['a file without its last byte', () => fileOf(bytes.subarray(0, -1)), /cut short/],
    ['a file with something behind it', () => fileOf(Buffer.concat([bytes, gzipSync('more')])), /goes on after its end/],
    ['an empty file', () => fileOf(Buffer.alloc(0)), /cut short/],
    ['a file of another kind', () => fileOf(Buffer.from('select 1;')), /not a backup of ours/],
    ['an archive of somebody else', () => repacked(({ name, body }) => (name === 'manifest.json' ? null : { name, body })), /not a backup of ours/],
    ['a format version to come', () => withManifest(() => ({ version: 2 })), /format version 2, and this version of the backend reads version 1/],
    ['a manifest with SQL where a bound should be', () => withManifest(() => ({ partitions: [{ schema: 'widget', name: 'x', parent: { schema: 'widget', name: 'trade_tokens' }, bound: 'default; drop schema widget' }] })), /manifest is not usable.*bound/],
    ['a backup of a newer backend', () => withManifest(({ migrations }) => ({ migrations: [...(migrations as string[]), '29990101000000_to_come.ts'] })), /newer version.*29990101000000_to_come/],
    ['a table less', () => withManifest(({ tables }) => ({ tables: (tables as { name: string }[]).filter(({ name }) => name !== 'redemptions') })), /lacks widget.redemptions/],
    ['a row changed', () => withRedemptions((rows) => rows.replace('\tone\t', '\ttwo\t')), /not what was backed up: widget.redemptions/],
    ['a row that the schema does not take', () => withRedemptions((rows) => rows.replace('\tone\t', '\t\\N\t')), /violates not-null/],
  ])('%s', async (_name, make, words) => {
    await expect(restoreBackup(target.ownerUrl, await make())).rejects.toThrow(words);
    expect(await remains(target)).toEqual([]);
  });
});

test('a database with our tables in it is refused, and left as it was', async () => {
  const before = await sql(source.superUrl, 'select count(*) from widget.redemptions');
  await expect(restoreBackup(source.ownerUrl, file)).rejects.toThrow(/not empty: it has schema audit, schema auth.*table public.schema_migrations/);
  expect(await sql(source.superUrl, 'select count(*) from widget.redemptions')).toEqual(before);
});

test('a file that does not exist is named', async () => {
  await expect(restoreBackup(target.ownerUrl, join(directory, 'none.tar.gz'))).rejects.toThrow(/ENOENT.*none.tar.gz/);
});

test('a database of strangers, and one with rows that role backup cannot see, are refused before a file is made', async () => {
  const name = newFile();
  await expect(writeBackup(target.ownerUrl, name)).rejects.toThrow('nothing to back up');
  await sql(source.ownerUrl, 'create table widget.hidden (id bigint); alter table widget.hidden enable row level security');
  await expect(writeBackup(source.ownerUrl, name)).rejects.toThrow('widget.hidden');
  await sql(source.ownerUrl, 'drop table widget.hidden');
  await expect(stat(name)).rejects.toThrow('ENOENT');
});

test('a backup that cannot be finished leaves no file, also where opening it takes its time', async () => {
  const own = await mkdtemp(join(tmpdir(), 'backup-unfinished-'));
  for (let round = 0; round < 12; round += 1) {
    // Work for the threads that open and remove files.
    const busy = Promise.all(Array.from({ length: 5 }, () => promisify(pbkdf2)('a', 'b', 5_000, 32, 'sha256')));
    await expect(writeArchive(join(own, 'made.tar.gz'), (async function* () {
      yield { name: 'manifest.json', body: Buffer.from('{}') };
      throw new Error('the database went away');
    })())).rejects.toThrow('the database went away');
    expect(readdirSync(own)).toEqual([]);
    await busy;
  }
  await rm(own, { recursive: true });
});

test('a backup of an older version is migrated on, and tables that no migration makes are named', async () => {
  // One that stands for itself: nothing that a later migration makes is in its way.
  const last = '20261121002201_index_executions_by_exchange.ts';
  const older = await withManifest(({ migrations, tables }) => ({
    migrations: (migrations as string[]).filter((name) => name !== last),
    tables: [...(tables as object[]), { schema: 'widget', name: 'scratch', columns: ['id'], rows: '0', digest: '0' }],
  }));
  const own = await createEmptyDatabase();
  try {
    const { applied, leftOut, tables } = await restoreBackup(own.ownerUrl, older);
    expect({ applied, leftOut }).toEqual({ applied: [last], leftOut: ['widget.scratch'] });
    expect(tables.find(({ name }) => name === 'widget.redemptions')).toEqual({ name: 'widget.redemptions', rows: '500', equal: true });
  } finally {
    await own.drop();
  }
});
