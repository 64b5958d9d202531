import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { restoreBackup } from '../../backup/restore-backup.ts';
import { writeBackup } from '../../backup/write-backup.ts';
import { verifyExport, type AuditExport } from '../../domain/audit-chain-export.ts';
import { awakeClock } from '../../testing/awake-clock.ts';
import { signIn } from '../../testing/builders.ts';
import { createEmptyDatabase, TEST_ENCRYPTION_KEY } from '../../testing/postgres.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql, until } from '../../testing/venue.ts';

let app: TestApp;
let admin: string;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-log-'));
  app = await createTestApp({ env: { AUDIT_CHECKPOINT_DIR: directory } });
  admin = (await signIn(app, 'admin')).accessToken;
});
afterAll(async () => {
  await app.close();
  await rm(directory, { recursive: true, force: true });
});

interface Page {
  readonly entries: Record<string, unknown>[];
  readonly next_cursor: string | null;
}
const get = (path: string, token = admin) => app.request.get(path).set('Authorization', `Bearer ${token}`);
const BECAUSE = 'reason=They+wrote+to+us';
const list = async (query = ''): Promise<Page> => ((await get(`/api/admin/audit${query}`).expect(200)).body as { data: Page }).data;
const exported = async (query = ''): Promise<AuditExport> => ((await get(`/api/admin/audit/export${query}`).expect(200)).body as { data: AuditExport }).data;

let written = 0;
async function write(count: number, change: { action?: string; subject?: string; actor?: string } = {}): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    written += 1;
    await sql(app.database.superUrl, `insert into audit.entries (entry_id, at, actor_kind, actor_id, action, subject_kind, subject_id, reason, ip, request_id, before, after)
      values (gen_random_uuid(), now(), 'user', $1, $2, 'user', $3, 'wrote from carl@example.com', '203.0.113.9', 'req_1', '{"email": "ann@example.com", "tier": 1}', '{"email": "ben@example.com", "tier": 2, "ip_address": "2001:db8:1::5", "full_name": "Ann"}')`,
    [change.actor ?? '7', change.action ?? 'user.changed', change.subject ?? '8']);
  }
}
const chainedAll = (): Promise<unknown> => until(() => sql<{ waiting: number }>(app.database.superUrl, 'select count(*)::int as waiting from audit.waiting'), ([row]) => row!.waiting === 0);

test('H1 an entry is in the chain within a second or so of its commit, and its checkpoint is outside', async () => {
  await write(3);
  const clock = awakeClock();
  await chainedAll();
  // One tick of the schedule, and the work.
  expect(clock.now()).toBeLessThan(2_500);
  clock.stop();
  await until(() => readFile(join(directory, 'checkpoint-0000000001.json'), 'utf8').catch(() => ''), (text) => text !== '');
});

describe('the list', () => {
  test('shows the newest first, page by page, with its place in the chain, and nobody’s address', async () => {
    await write(2, { subject: '21' });
    await chainedAll();
    const first = await list(`?subject=user:21&limit=1&${BECAUSE}`);
    expect(first.entries).toEqual([
      {
        entry_id: expect.any(String), seq: expect.any(Number), hash: expect.stringMatching(/^[0-9a-f]{64}$/), at: expect.any(String), actor: 'user:7', on_behalf_of: null, action: 'user.changed', subject: 'user:21',
        reason: 'wrote from c***@example.com', ip: '203.0.*.*', request_id: 'req_1', before: { email: 'a***@example.com', tier: 1 }, after: { email: 'b***@example.com', tier: 2, ip_address: '2001:db8:*', full_name: '***' },
      },
    ]);
    const second = await list(`?subject=user:21&limit=1&cursor=${first.next_cursor!}&${BECAUSE}`);
    expect([second.entries.length, second.next_cursor]).toEqual([1, null]);
    expect(second.entries[0]!['entry_id']).not.toBe(first.entries[0]!['entry_id']);
  });

  test('is filtered by actor, subject, action and time', async () => {
    await write(1, { subject: '31', actor: '99', action: 'user.locked' });
    const count = async (query: string): Promise<number> => (await list(`${query}&${BECAUSE}`)).entries.length;
    expect([await count('?actor=user:99'), await count('?actor=partner:99'), await count('?subject=user:31&action=user.locked'), await count('?subject=user:31&action=user.changed')]).toEqual([1, 0, 1, 0]);
    const [from, to] = [new Date(Date.now() - 60_000).toISOString(), new Date(Date.now() + 60_000).toISOString()];
    expect([await count(`?actor=user:99&from=${from}&to=${to}`), await count(`?actor=user:99&from=${to}`), await count(`?actor=user:99&to=${from}`)]).toEqual([1, 0, 0]);
  });

  test.each(['?limit=101', '?limit=0', '?actor=7', '?subject=user', '?action=x', '?from=yesterday', '?cursor=1', '?other=1'])('refuses %s', async (query) => {
    await get(`/api/admin/audit${query}`).expect(400);
  });

  test('H7 is on record itself, with who asked, from where, and for what', async () => {
    await list(`?subject=user:4711&${BECAUSE}`);
    const { entries } = await list('?action=audit_log.read&subject=audit_log:user:4711');
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ actor: expect.stringMatching(/^user:\d+$/), ip: expect.any(String), request_id: expect.stringMatching(/^req_/), reason: 'They wrote to us', after: { subject: 'user:4711' } });
    await exported();
    expect((await list('?action=audit_log.exported')).entries.length).toBeGreaterThan(0);
  });

  test('is for admins: nobody else may look, and nothing says what is there', async () => {
    for (const path of ['/api/admin/audit', '/api/admin/audit/export']) {
      await app.request.get(path).expect(401);
      for (const role of ['user', 'staff'] as const) {
        const { body } = await get(path, (await signIn(app, role)).accessToken).expect(403);
        expect(body).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
      }
    }
  });
});

describe('H5 the export', () => {
  const run = promisify(execFile);
  const verifyFile = async (given: unknown, ...more: string[]): Promise<{ code: number; stdout: string }> => {
    const file = join(directory, 'export.txt');
    await writeFile(file, JSON.stringify(given));
    const { PATH } = process.env;
    return run(process.execPath, ['src/audit-verify.ts', '--export', file, ...more], { env: { PATH } })
      .then(({ stdout }) => ({ code: 0, stdout }), (error: { code: number; stdout: string }) => error);
  };
  let whole: AuditExport;
  beforeAll(async () => {
    await write(3);
    await chainedAll();
    app.advance(600_000);
    admin = (await signIn(app, 'admin')).accessToken;
    whole = await until(() => exported(), ({ rows }) => rows.length >= written);
  });

  test('proves itself to somebody without our database, and holds nobody’s address', async () => {
    expect(whole.checkpoints.length).toBeGreaterThan(1);
    expect(verifyExport(whole, null)).toEqual({ problem: null, keyIds: [whole.keys[0]!.key_id] });
    expect(JSON.stringify(whole)).not.toMatch(/ann@|ben@|203\.0\.113|2001:db8/);
    const { code, stdout } = await verifyFile({ success: true, data: whole }, '--key', whole.keys[0]!.key_id);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`${whole.rows.length} rows, 1 to ${whole.rows.length}, are what was signed`)]);
  });

  test('is bounded, and goes on where it ended', async () => {
    const first = await exported('?limit=2');
    const second = await exported(`?limit=2&from_seq=${first.next_from_seq!}`);
    expect([...first.rows, ...second.rows].map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(verifyExport(second, null).problem).toBeNull();
    expect(await exported('?from_seq=1000000')).toMatchObject({ rows: [], next_from_seq: null });
    await get('/api/admin/audit/export?limit=1001').expect(400);
  });

  test.each<[string, (given: AuditExport) => AuditExport, number]>([
    ['an edited row', (given) => ({ ...given, rows: given.rows.map((row) => (row.seq === 3 ? { ...row, row: row.row.replace('"tier":2', '"tier":3') } : row)) }), 3],
    ['an edited row with its hash', (given) => ({ ...given, rows: given.rows.slice(2, 3).map((row) => ({ ...row, prev: '00'.repeat(32) })) }), 3],
    ['a missing row', (given) => ({ ...given, rows: given.rows.filter(({ seq }) => seq !== 4) }), 4],
    ['a proof of another row', (given) => ({ ...given, rows: given.rows.map((row) => (row.seq === 5 ? { ...row, proof: given.rows[5]!.proof.toReversed() } : row)) }), 5],
    ['another root', (given) => ({ ...given, checkpoints: given.checkpoints.map((one) => (one.number === 1 ? { ...one, root: '00'.repeat(32) } : one)) }), 1],
  ])('with %s does not', (_name, change, seq) => {
    expect(verifyExport(change(whole), null).problem).toMatchObject({ seq });
  });

  test('signed with another key than the one somebody wrote down does not', async () => {
    const { code, stdout } = await verifyFile(whole, '--key', 'ab'.repeat(16));
    expect([code, stdout]).toEqual([1, expect.stringMatching(/DAMAGED at row 1: .* a key that is not ours/)]);
  });
});

test('H4 npm run audit:verify says all is right, remembers it, and later that an end was cut off; a restored backup has the same chain', async () => {
  const run = promisify(execFile);
  const state = join(directory, 'state.txt');
  const verify = async (databaseUrl: string, ...more: string[]): Promise<{ code: number; stdout: string }> =>
    run(process.execPath, ['src/audit-verify.ts', ...more], { env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, AUDIT_CHECKPOINT_DIR: directory } })
      .then(({ stdout }) => ({ code: 0, stdout }), (error: { code: number; stdout: string }) => error);
  await chainedAll();
  const right = await verify(app.database.ownerUrl, '--state', state);
  expect([right.code, right.stdout]).toEqual([0, expect.stringMatching(/\d+ rows are what was written/)]);
  const file = join(directory, 'backup.tar.gz');
  await writeBackup(app.database.ownerUrl, file);
  const restored = await createEmptyDatabase();
  try {
    await restoreBackup(restored.ownerUrl, file);
    const rows = (url: string): Promise<unknown[]> => sql(url, `select seq, entry_id, encode(hash, 'hex') as hash from audit.chain order by seq`);
    expect((await rows(restored.superUrl)).length).toBeGreaterThan(5);
    expect(await verify(restored.ownerUrl, '--state', state)).toMatchObject({ code: 0 });
    const before = await readFile(state, 'utf8');
    await sql(restored.superUrl, 'set session_replication_role = replica; delete from audit.entries where entry_id in (select entry_id from audit.chain where seq > 3); delete from audit.chain where seq > 3');
    const damaged = await verify(restored.ownerUrl, '--state', state);
    expect([damaged.code, damaged.stdout]).toEqual([1, expect.stringContaining('DAMAGED at row 4')]);
    expect(await readFile(state, 'utf8')).toBe(before);
  } finally {
    await restored.drop();
  }
});

test('H3 npm run audit:rotate-key publishes a key that signs later, on record', async () => {
  const run = promisify(execFile);
  const { PATH } = process.env;
  const env = { PATH, DATABASE_URL: app.database.ownerUrl, DATABASE_APP_URL: app.database.appUrl, ENCRYPTION_KEY: TEST_ENCRYPTION_KEY, JWT_SECRET: app.config.jwtSecret, LOG_LEVEL: 'silent' };
  await until(() => sql(app.database.superUrl, 'select from audit.checkpoint_keys'), (keys) => keys.length > 0);
  const { stdout } = await run(process.execPath, ['src/audit-rotate-key.ts'], { env });
  const { keyId, endorsedBy } = JSON.parse(stdout) as { keyId: string; endorsedBy: string | null };
  expect(endorsedBy).toMatch(/^[0-9a-f]{32}$/);
  expect((await list(`?action=audit_key.published&subject=audit_key:${keyId}`)).entries).toMatchObject([{ actor: 'system:audit:rotate-key', after: { endorsed_by: endorsedBy } }]);
  await expect(run(process.execPath, ['src/audit-rotate-key.ts', '--activate-in-seconds', '10'], { env })).rejects.toMatchObject({ code: 2 });
}, 30_000);
