import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { auditorTransactionOf, becomeAuditor, transactionOf } from '../../db/as-user.ts';
import { connect, type Database } from '../../db/connection.ts';
import { chainHash, encodeEntry } from '../../domain/audit-chain.ts';
import { checkpointHash, endorseKey, KEY_PUBLISHED, keyIdOf, signCheckpoint, type Checkpoint } from '../../domain/audit-chain-checkpoint.ts';
import { treeRoot } from '../../domain/audit-chain-tree.ts';
import { createSecretBox } from '../../domain/secret-box.ts';
import { uuidV7 } from '../../domain/uuid.ts';
import { cloneDatabase, TEST_ENCRYPTION_KEY, type TestDatabase } from '../../testing/postgres.ts';
import { sql } from '../../testing/venue.ts';
import { AuditChainRepository, toCheckpoint, CHECKPOINT_COLUMNS, type StoredCheckpointRow } from './audit-chain.repository.ts';
import { AuditChainService, CHECKPOINT_EVERY_MS } from './audit-chain.service.ts';
import { AuditProofRepository, type ProofRow } from './audit-proof.repository.ts';
import { AuditVerifyService, type Verdict, type VerifyOptions } from './audit-verify.service.ts';
import { AuditRepository } from './audit.repository.ts';
import { ACTIVATE_IN_SECONDS_MIN, CheckpointKeysService, type PublishedKey } from './checkpoint-keys.service.ts';
import { CheckpointCopies, type CheckpointCopy } from './checkpoint-copies.gateway.ts';

let database: TestDatabase;
let connections: Database;
let owner: pg.Client;
let directory: string;
let now = Date.UTC(2026, 0, 15, 10, 30);
const box = createSecretBox([TEST_ENCRYPTION_KEY]);
beforeAll(async () => {
  database = await cloneDatabase();
  connections = connect(database.appUrl, 5, () => undefined);
  owner = new pg.Client({ connectionString: database.superUrl });
  await owner.connect();
});
beforeEach(async () => {
  await owner.query('truncate audit.entries, audit.waiting, audit.chain, audit.salts, audit.checkpoints, audit.checkpoint_keys');
  directory = await mkdtemp(join(tmpdir(), 'checkpoints-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));
afterAll(async () => {
  await owner.end();
  await connections.close();
  await database.drop();
});

const node = (copies: CheckpointCopies | null = null): AuditChainService =>
  new AuditChainService({ transaction: auditorTransactionOf(connections.app, (transaction) => new AuditChainRepository(transaction)), box, copies, now: () => now, randomBytes, show: () => undefined });

async function write(count: number, email = 'ann@example.com'): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    now += 1;
    await new AuditRepository(connections.app).add(uuidV7(now, randomBytes(10)), now, {
      actor: { kind: 'user', id: '7', ip: '203.0.113.9', requestId: 'req_1' },
      action: 'user.changed',
      subject: { kind: 'user', id: '8' },
      before: { email, tier: index },
      after: { email, tier: index + 1 },
    });
  }
}

async function chain(count: number): Promise<void> {
  await write(count);
  await node(new CheckpointCopies(directory)).advance();
}

const rotate = (change: Partial<ConstructorParameters<typeof CheckpointKeysService>[0]> = {}, oldKeyIsLost = false): Promise<PublishedKey> =>
  new CheckpointKeysService({
    transaction: transactionOf(connections.app, (transaction) => ({
      audit: (entry) => new AuditRepository(transaction).add(uuidV7((now += 1), randomBytes(10)), now, entry),
      chain: async () => {
        await becomeAuditor(transaction);
        return new AuditChainRepository(transaction);
      },
    })),
    read: auditorTransactionOf(connections.app, (transaction) => new AuditChainRepository(transaction)), box, now: () => now, randomBytes, ...change,
  }).rotate(ACTIVATE_IN_SECONDS_MIN, { kind: 'system', id: 'audit:rotate-key' }, oldKeyIsLost);

const copiesOf = async (): Promise<CheckpointCopy[]> => (await new CheckpointCopies(directory).read()) as CheckpointCopy[];
const verify = (options: Partial<VerifyOptions> = {}): Promise<Verdict> => new AuditVerifyService(new AuditProofRepository(owner), { copies: [], keyIds: null, known: null, ...options }).verify();
/** As whoever owns the server may, past keys and triggers. */
const tamper = (statement: string): Promise<unknown> => owner.query(`set session_replication_role = replica; ${statement}; set session_replication_role = origin`);
const seqs = async (): Promise<number[]> => (await owner.query<{ seq: number }>('select seq::int as seq from audit.chain order by seq')).rows.map(({ seq }) => seq);

describe('H1 the sequencer', () => {
  test('chains what was committed, in order and without a gap, and nothing twice', async () => {
    await chain(3);
    await chain(2);
    await node().advance();
    expect(await seqs()).toEqual([1, 2, 3, 4, 5]);
    expect(await verify()).toMatchObject({ problem: null, head: { seq: 5 }, waiting: 0 });
  });

  test('on many nodes at once makes one chain', async () => {
    await write(40);
    const nodes = Array.from({ length: 4 }, () => node());
    while ((await seqs()).length < 40) await Promise.all(nodes.map((one) => one.advance()));
    expect(await seqs()).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(await verify()).toMatchObject({ problem: null, head: { seq: 40 } });
  });

  test('sees an entry that was begun before others and committed after them', async () => {
    const late = await connections.app.transaction();
    await new AuditRepository(late).add(uuidV7(now - 60_000, randomBytes(10)), now, { actor: { kind: 'system', id: 'x' }, action: 'a.b', subject: { kind: 's', id: '1' } });
    await chain(2);
    await late.commit();
    await node().advance();
    expect(await verify()).toMatchObject({ problem: null, head: { seq: 3 }, waiting: 0 });
  });

  test('chains a backlog of more than one transaction in one pass', async () => {
    await owner.query(`insert into audit.entries (entry_id, at, actor_kind, actor_id, action, subject_kind, subject_id, after)
      select gen_random_uuid(), now(), 'user', '1', 'exchange.updated', 'exchange', 'x', '{"a": 1.50, "b": 12345678901234567890.5}' from generate_series(1, 2300)`);
    await node().advance();
    expect(await verify()).toMatchObject({ problem: null, head: { seq: 2300 }, checkpoints: 2, checkpointedUpTo: 2000 });
  });
});

describe('H2 of the chain', () => {
  test('only its own role may read and append, and no role may change or remove a row', async () => {
    const { rows } = await owner.query<{ line: string }>(`select grantee || ' ' || table_name || ': ' || string_agg(distinct privilege_type, ',' order by privilege_type) as line
      from information_schema.table_privileges where table_schema = 'audit' and grantee not in ('owner', 'postgres') group by grantee, table_name order by 1`);
    expect(rows.map(({ line }) => line)).toEqual([
      'app entries: INSERT',
      'auditor chain: INSERT,SELECT',
      'auditor checkpoint_keys: INSERT,SELECT',
      'auditor checkpoints: INSERT,SELECT',
      'auditor entries: SELECT',
      'auditor salts: INSERT,SELECT',
      'auditor waiting: DELETE,SELECT',
      ...['chain', 'checkpoint_keys', 'checkpoints', 'entries', 'ledger_marks', 'salts', 'waiting'].map((table) => `backup ${table}: SELECT`),
      'writer entries: INSERT',
      'writer ledger_marks: SELECT,UPDATE',
    ]);
  });

  test.each(['insert into audit.chain (seq, entry_id, encoding, prev, hash) select 9, entry_id, 1, prev, hash from audit.chain', `update audit.chain set hash = prev`, 'delete from audit.chain', 'truncate audit.chain',
    'delete from audit.waiting', 'select * from audit.salts', 'delete from audit.checkpoints', `update audit.checkpoints set number = 9`, 'select private_key_sealed from audit.checkpoint_keys'])('neither app nor writer may: %s', async (statement) => {
    for (const role of ['app', 'writer']) await expect(sql(database.appUrl, `set role ${role}; ${statement}`)).rejects.toMatchObject({ code: '42501' });
  });

  test.each(['update audit.chain set hash = prev', 'delete from audit.chain', 'truncate audit.chain', 'update audit.salts set person = person', 'delete from audit.salts', 'update audit.checkpoints set number = 9', 'delete from audit.checkpoints',
    'update audit.checkpoint_keys set public_key = key_id', 'delete from audit.checkpoint_keys', 'update audit.entries set reason = null', 'delete from audit.entries', `insert into audit.entries (entry_id) values (gen_random_uuid())`])('its own role may not: %s', async (statement) => {
    await expect(sql(database.appUrl, `set role auditor; ${statement}`)).rejects.toMatchObject({ code: '42501' });
  });
});

describe('H3 a checkpoint', () => {
  test('is made after ten minutes, or a thousand rows, and its copy lies outside', async () => {
    await chain(2);
    await chain(2);
    expect(await verify()).toMatchObject({ problem: null, checkpoints: 1, checkpointedUpTo: 2 });
    now += CHECKPOINT_EVERY_MS;
    await chain(0);
    expect(await verify({ copies: await copiesOf() })).toMatchObject({ problem: null, checkpoints: 2, checkpointedUpTo: 4 });
    expect((await readdir(directory)).sort()).toEqual(['checkpoint-0000000001.json', 'checkpoint-0000000002.json']);
  });

  test('that has no copy yet gets one later, and a copy is never replaced', async () => {
    await write(1);
    await node().advance();
    await chain(0);
    const path = join(directory, 'checkpoint-0000000001.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, 'another');
    await new CheckpointCopies(directory).last();
    const fresh = new CheckpointCopies(directory);
    await expect(fresh.write(JSON.parse(text) as CheckpointCopy)).rejects.toThrow('holds another checkpoint 1');
    expect(await readFile(path, 'utf8')).toBe('another');
  });

  test('is signed with a key that opens with ENCRYPTION_KEY alone; without it the chain goes on, and says so', async () => {
    await chain(1);
    now += CHECKPOINT_EVERY_MS;
    await write(1);
    const stranger = new AuditChainService({ transaction: auditorTransactionOf(connections.app, (transaction) => new AuditChainRepository(transaction)), box: createSecretBox(['another-encryption-key-0123456789']), copies: null, now: () => now, randomBytes, show: () => undefined });
    await expect(stranger.advance()).rejects.toThrow('does not open with ENCRYPTION_KEY');
    expect(await seqs()).toEqual([1, 2]);
  });

  test('is signed with another key from its time on; who knows the old one sees that it vouches for the new, and what it signed stays right', async () => {
    await chain(2);
    const [first] = await copiesOf();
    const oldKey = first!.checkpoint.key_id;
    const { keyId, endorsedBy } = await rotate();
    expect(endorsedBy).toBe(oldKey);
    await expect(rotate()).rejects.toThrow('waits for its time');
    now += CHECKPOINT_EVERY_MS;
    await chain(1);
    now += ACTIVATE_IN_SECONDS_MIN * 1_000;
    await chain(1);
    expect((await copiesOf()).map(({ checkpoint }) => checkpoint.key_id)).toEqual([oldKey, oldKey, keyId]);
    expect(await verify({ keyIds: [oldKey] })).toMatchObject({ problem: null, checkpoints: 3, keyIds: [oldKey, keyId] });
    expect((await verify({ keyIds: [keyId] })).problem).toMatchObject({ seq: 1, text: expect.stringMatching(/not ours/) });
  });

  test('is not taken from a key that nobody vouches for: made after the old one was lost, or put there by who owns the database', async () => {
    await chain(2);
    const [first] = await copiesOf();
    const oldKey = first!.checkpoint.key_id;
    await expect(rotate({ box: createSecretBox(['another-encryption-key-0123456789']) })).rejects.toThrow('does not open with ENCRYPTION_KEY');
    now += 1_000;
    const { keyId, endorsedBy } = await rotate({ box: createSecretBox(['another-encryption-key-0123456789']) }, true);
    expect(endorsedBy).toBeNull();
    now += CHECKPOINT_EVERY_MS;
    const stranger = new AuditChainService({ transaction: auditorTransactionOf(connections.app, (transaction) => new AuditChainRepository(transaction)), box: createSecretBox(['another-encryption-key-0123456789']), copies: new CheckpointCopies(directory), now: () => now, randomBytes, show: () => undefined });
    await stranger.advance();
    expect((await verify({ keyIds: [oldKey] })).problem).toMatchObject({ seq: 3, text: expect.stringMatching(/not ours/) });
    expect((await verify({ keyIds: [oldKey, keyId] })).problem).toBeNull();
  });

  test('is not taken from a key that says of itself that the old one vouches for it', async () => {
    await chain(2);
    const oldKey = (await copiesOf())[0]!.checkpoint.key_id;
    const own = generateKeyPairSync('ed25519');
    const keyId = keyIdOf(own.publicKey);
    const after = { endorsed_by: oldKey, endorsement: endorseKey(keyId, own.privateKey) };
    await new AuditRepository(connections.app).add(uuidV7((now += 1), randomBytes(10)), now, { actor: { kind: 'system', id: 'audit:rotate-key' }, action: KEY_PUBLISHED, subject: { kind: 'audit_key', id: keyId }, after });
    for (const more of [0, 1]) {
      now += CHECKPOINT_EVERY_MS;
      await chain(more);
    }
    expect(await verify({ keyIds: [oldKey] })).toMatchObject({ problem: null, checkpoints: 3 });
    await signWithOwnKey(own, 3);
    expect((await verify({ keyIds: [oldKey] })).problem).toMatchObject({ seq: 4, text: expect.stringMatching(/not ours/) });
  });
});

describe('H4 audit:verify finds', () => {
  beforeEach(() => chain(6));
  const at = (seq: number): string => `(select entry_id from audit.chain where seq = ${seq})`;

  test.each<[string, string, number]>([
    ['an edit', `update audit.entries set reason = 'x' where entry_id = ${at(4)}`, 4],
    ['an edit of a number', `update audit.entries set after = jsonb_set(after, '{tier}', '99') where entry_id = ${at(3)}`, 3],
    ['an edit of an address', `update audit.entries set ip = '203.0.113.10' where entry_id = ${at(2)}`, 2],
    ['an edit of an e-mail address', `update audit.entries set before = jsonb_set(before, '{email}', '"b@example.com"') where entry_id = ${at(5)}`, 5],
    ['an edit of the time', `update audit.entries set at = at + interval '1 microsecond' where entry_id = ${at(6)}`, 6],
    ['a deleted entry', `delete from audit.entries where entry_id = ${at(3)}`, 3],
    ['a deleted row', 'delete from audit.chain where seq = 4', 4],
    ['a deleted row whose gap was closed', 'delete from audit.chain where seq = 4; update audit.chain set seq = seq - 1 where seq = 5; update audit.chain set seq = seq - 1 where seq = 6', 4],
    ['an inserted row', `insert into audit.entries select gen_random_uuid(), at, actor_kind, actor_id, on_behalf_of, action, subject_kind, subject_id, reason, ip, request_id, before, after from audit.entries where entry_id = ${at(2)};
      update audit.chain set seq = seq + 100 where seq > 2; insert into audit.chain select 3, e.entry_id, 1, c.prev, c.hash from audit.entries e, audit.chain c where c.seq = 103 and not exists (select from audit.chain t where t.entry_id = e.entry_id);
      update audit.chain set seq = seq - 99 where seq > 100`, 3],
    ['two that were swapped', `create temp table two on commit drop as select * from audit.chain where seq in (2, 5); delete from audit.chain where seq in (2, 5);
      insert into audit.chain select 7 - seq, entry_id, encoding, prev, hash from two`, 2],
    ['two whose entries were swapped', `create temp table two on commit drop as select * from audit.chain where seq in (2, 5); delete from audit.chain where seq in (2, 5);
      insert into audit.chain select one.seq, other.entry_id, one.encoding, one.prev, one.hash from two one, two other where one.seq <> other.seq`, 2],
    ['a cut-off end', 'delete from audit.entries where entry_id in (select entry_id from audit.chain where seq > 4); delete from audit.chain where seq > 4', 5],
    ['a salt that is gone', `delete from audit.salts where person = 'user:8'`, 1],
    ['another chain from the first row on', `update audit.chain set prev = decode(repeat('ab', 32), 'hex') where seq = 1`, 1],
  ])('%s, and names the first bad row', async (_name, statement, seq) => {
    await tamper(statement);
    expect((await verify()).problem).toMatchObject({ seq });
    expect((await verify({ copies: await copiesOf() })).problem).toMatchObject({ seq });
  });

  test('a row that is gone, its gap closed, behind the last checkpoint', async () => {
    await chain(4);
    await tamper(`delete from audit.entries where entry_id = ${at(8)}; delete from audit.chain where seq = 8; update audit.chain set seq = 8 where seq = 9; update audit.chain set seq = 9 where seq = 10`);
    expect((await verify()).problem).toMatchObject({ seq: 8, text: expect.stringMatching(/does not continue/) });
  });

  test('an entry past the chain', async () => {
    await tamper(`insert into audit.entries (entry_id, at, actor_kind, actor_id, action, subject_kind, subject_id) values (gen_random_uuid(), now(), 'user', '1', 'a.b', 's', '1')`);
    expect((await verify()).problem).toMatchObject({ seq: null, text: expect.stringMatching(/neither in the chain nor waiting/) });
  });

  test('what was hashed anew from row k on, by the checkpoint of the database or its copy', async () => {
    await rehashFrom(4);
    expect((await verify()).problem).toMatchObject({ seq: 4, text: expect.stringMatching(/hashed anew/) });
    expect((await verify({ copies: await copiesOf() })).problem).toMatchObject({ seq: 4 });
  });

  test('what was hashed anew with its checkpoints gone, by the copies, or by what was known', async () => {
    const known = (await verify()).head;
    await rehashFrom(4);
    await tamper('delete from audit.checkpoints');
    // This is why there are copies elsewhere.
    expect((await verify()).problem).toBeNull();
    expect((await verify({ copies: await copiesOf() })).problem).toMatchObject({ seq: 4 });
    expect((await verify({ known })).problem).toMatchObject({ seq: 6 });
  });

  test('an end that was cut off with its checkpoints, by the copies, or by what was known', async () => {
    const known = (await verify()).head;
    await tamper('delete from audit.entries where entry_id in (select entry_id from audit.chain where seq > 4); delete from audit.chain where seq > 4; delete from audit.checkpoints');
    expect((await verify()).problem).toBeNull();
    expect((await verify({ copies: await copiesOf() })).problem).toMatchObject({ seq: 5, text: expect.stringMatching(/cut off/) });
    expect((await verify({ known })).problem).toMatchObject({ seq: 5, text: expect.stringMatching(/cut off/) });
  });

  test('checkpoints that somebody signed with a key of their own', async () => {
    const copies = await copiesOf();
    await rehashFrom(4);
    await signWithOwnKey();
    expect((await verify({ copies })).problem).toMatchObject({ seq: 4 });
    expect((await verify({ keyIds: [copies[0]!.checkpoint.key_id] })).problem).toMatchObject({ seq: 1, text: expect.stringMatching(/a key that is not ours/) });
  });

  test('a checkpoint that was changed or is gone while its rows are right', async () => {
    const copies = await copiesOf();
    await tamper(`update audit.checkpoints set at = at + interval '1 day'`);
    expect((await verify()).problem).toMatchObject({ seq: 1, text: expect.stringMatching(/signature/) });
    await tamper('delete from audit.checkpoints');
    expect((await verify({ copies })).problem).toMatchObject({ seq: 1, text: expect.stringMatching(/is gone/) });
  });
});

describe('H6 a person’s data', () => {
  const erase = (person: string): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, ['src/audit-erase.ts', '--person', person, '--reason', 'They asked.'], { env: { PATH: process.env['PATH'], DATABASE_URL: database.ownerUrl } });
  const everything = async (): Promise<string> => JSON.stringify((await owner.query('select * from audit.entries')).rows);

  test('is taken out for good, on record, and the chain, its checkpoints and their copies stay right', async () => {
    await chain(3);
    expect((await erase('user:8')).stdout).toBe('3 entries held something of user:8; it is gone\n');
    expect(await everything()).not.toContain('ann@example.com');
    expect(await everything()).toContain('203.0.113.9');
    expect((await owner.query('select person from audit.salts')).rows).toEqual([{ person: 'user:7' }]);
    await chain(1);
    expect(await verify({ copies: await copiesOf() })).toMatchObject({ problem: null, head: { seq: 5 } });
    await erase('user:7');
    await chain(0);
    expect(await everything()).not.toContain('203.0.113.9');
    expect(await verify()).toMatchObject({ problem: null, head: { seq: 6 } });
  });

  test('that is taken out by somebody else, without a record, is found', async () => {
    await chain(3);
    await erase('user:8');
    await tamper(`delete from audit.waiting; delete from audit.entries where action = 'personal_data.erased'`);
    expect((await verify()).problem).toMatchObject({ seq: 1, text: expect.stringMatching(/user:8 was taken out/) });
  });

  test('of an entry that is not in the chain yet stays until it is', async () => {
    await chain(1);
    await write(1);
    await expect(erase('user:8')).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/wait for the chain/) });
    expect(await everything()).toContain('ann@example.com');
  });
});

/** As somebody would who owns the database and has read our code. */
async function rehashFrom(k: number): Promise<void> {
  await tamper(`update audit.entries set reason = 'never happened' where entry_id = (select entry_id from audit.chain where seq = ${k})`);
  const proof = new AuditProofRepository(owner);
  const salts = await proof.salts(['user:7', 'user:8']);
  const rows = await proof.rowsAfter(k - 1, 1_000);
  let { prev } = rows[0] as ProofRow;
  for (const { seq, entry } of rows) {
    const hash = chainHash(prev, encodeEntry(entry!, (person) => salts.get(person)!)!);
    await tamper(`update audit.chain set prev = '\\x${prev.toString('hex')}', hash = '\\x${hash.toString('hex')}' where seq = ${seq}`);
    prev = hash;
  }
}

async function signWithOwnKey({ privateKey, publicKey } = generateKeyPairSync('ed25519'), from = 1): Promise<void> {
  const rows = (await owner.query<StoredCheckpointRow>(`select ${CHECKPOINT_COLUMNS}, k.leaves from audit.checkpoints k order by number`)).rows;
  const hashes = (await owner.query<{ hash: Buffer }>('select hash from audit.chain order by seq')).rows.map(({ hash }) => hash);
  let before: Checkpoint | null = null;
  await tamper(`insert into audit.checkpoint_keys values ('${keyIdOf(publicKey)}', 'x', '${publicKey.export({ type: 'spki', format: 'pem' }).toString()}', now())`);
  for (const row of rows) {
    const { signature: _old, leaves: _leaves, ...rest } = toCheckpoint(row) as Checkpoint & { leaves: Buffer };
    if (row.number < from) {
      before = toCheckpoint<Checkpoint>(row);
      continue;
    }
    const leaves = hashes.slice(rest.first_seq - 1, rest.last_seq);
    before = signCheckpoint({ ...rest, root: treeRoot(leaves).toString('hex'), last_hash: leaves.at(-1)!.toString('hex'), previous: before && checkpointHash(before), key_id: keyIdOf(publicKey) }, privateKey);
    await tamper(`update audit.checkpoints set root = '\\x${before.root}', last_hash = '\\x${before.last_hash}', key_id = '${before.key_id}', leaves = '\\x${Buffer.concat(leaves).toString('hex')}',
      signature = '\\x${Buffer.from(before.signature, 'base64url').toString('hex')}' where number = ${before.number}`);
  }
}
