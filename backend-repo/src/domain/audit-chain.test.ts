import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { chainHash, committed, encodeEntry, erased, erasedPersonsOf, FIRST_PREV, personsOf, type SaltOf, type StoredEntry } from './audit-chain.ts';
import { checkpointHash, checkpointProblem, isSigned, keyIdOf, readCheckpointKey, signCheckpoint, type Checkpoint } from './audit-chain-checkpoint.ts';
import { canonicalJson, parseExact, type ExactJson } from './audit-chain-json.ts';
import { inclusionProofs, rootOfProof, treeRoot } from './audit-chain-tree.ts';

const salts = new Map<string, Buffer>();
const saltOf: SaltOf = (person) => salts.get(person) ?? salts.set(person, createHash('sha256').update(person).digest()).get(person)!;

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => parseExact(JSON.stringify(value)));
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const maybe = fc.option(text, { nil: null });
const entries: fc.Arbitrary<StoredEntry> = fc.record({
  entry_id: fc.uuid(), at: fc.constant('2026-01-15T10:30:00.000000Z'), actor_kind: fc.constantFrom('user', 'partner', 'system'), actor_id: text, on_behalf_of: maybe,
  action: fc.constant('exchange.suspended'), subject_kind: fc.constantFrom('user', 'exchange'), subject_id: text, reason: maybe, ip: maybe, request_id: maybe,
  before: fc.option(json, { nil: null }), after: fc.option(json, { nil: null }),
});
const FIELDS = ['entry_id', 'at', 'actor_kind', 'actor_id', 'on_behalf_of', 'action', 'subject_kind', 'subject_id', 'reason', 'ip', 'request_id', 'before', 'after'] as const;

const entry = (change: Partial<StoredEntry> = {}): StoredEntry => ({
  entry_id: '0197a000-0000-7000-8000-000000000001', at: '2026-01-15T10:30:00.000000Z', actor_kind: 'user', actor_id: '7', on_behalf_of: null, action: 'user.changed', subject_kind: 'user',
  subject_id: '8', reason: 'They asked.', ip: '203.0.113.9', request_id: 'req_1', before: parseExact('{"email":"a@example.com","tier":1}'), after: parseExact('{"email":"b@example.com","tier":2}'), ...change,
});

describe('H1 the bytes of a row', () => {
  test('are the same for the same row, and others for any other row', () => {
    fc.assert(fc.property(entries, entries, (one, other) => {
      const same = FIELDS.every((field) => canonicalJson(one[field]) === canonicalJson(other[field]));
      expect(encodeEntry(one, saltOf) === encodeEntry(other, saltOf)).toBe(same);
    }));
  });

  test('are others when any one field is', () => {
    fc.assert(fc.property(entries, fc.constantFrom(...FIELDS), fc.oneof(text, fc.constant(null)), (row, field, value) => {
      fc.pre(value !== row[field]);
      expect(encodeEntry({ ...row, [field]: value }, saltOf)).not.toBe(encodeEntry(row, saltOf));
    }));
  });

  test('cannot be cut another way: text that moves from one field to the next makes another hash', () => {
    const one = encodeEntry(entry({ actor_id: '7', reason: 'x", "subject_id":"8' }), saltOf)!;
    const other = encodeEntry(entry({ actor_id: '7x', reason: '", "subject_id":"8' }), saltOf)!;
    expect(chainHash(FIRST_PREV, one)).not.toEqual(chainHash(FIRST_PREV, other));
    expect(() => chainHash(Buffer.alloc(31), one)).toThrow('32 bytes');
  });

  test('do not depend on the order of names, and keep digits that a double loses', () => {
    expect(canonicalJson(parseExact('{"b":1.50,"a":[{"d":null,"c":"é"}]}'))).toBe('{"a":[{"c":"é","d":null}],"b":1.50}');
    const row = (amount: string) => encodeEntry(entry({ after: parseExact(`{"amount":${amount}}`) }), saltOf);
    expect(row('12345678901234567890.12345678')).not.toBe(row('12345678901234567890.12345679'));
  });

  test('a hash is SHA-256 over 0x00, the hash before, and the row', () => {
    const expected = createHash('sha256').update(Buffer.concat([Buffer.of(0), FIRST_PREV, Buffer.from('{"a":"é"}')])).digest();
    expect(chainHash(FIRST_PREV, '{"a":"é"}')).toEqual(expected);
  });
});

describe('H6 personal data', () => {
  test('stands in the bytes as commitments only, each under the salt of its person', () => {
    const encoded = encodeEntry(entry(), saltOf)!;
    expect(encoded).not.toMatch(/example\.com|203\.0/);
    expect(encoded).toContain('"tier":2');
    expect([...personsOf(entry())].sort()).toEqual(['user:7', 'user:8']);
    const otherSalt: SaltOf = (person) => (person === 'user:8' ? Buffer.alloc(32, 1) : saltOf(person));
    expect(encodeEntry(entry(), otherSalt)).not.toBe(encoded);
  });

  test('can be taken out, with the salt, and the bytes stay the same', () => {
    fc.assert(fc.property(entries, (row) => {
      expect(encodeEntry(committed(row, saltOf)!, () => null)).toBe(encodeEntry(row, saltOf));
    }));
    const gone = committed(entry(), saltOf)!;
    expect(JSON.stringify(gone)).not.toMatch(/example\.com|203\.0/);
    expect([erasedPersonsOf(entry()), erasedPersonsOf(gone)]).toEqual([[], ['user:7', 'user:8']]);
  });

  test('of one person can be taken out, and the others keep theirs', () => {
    const gone = erased(entry(), 'user:8', saltOf('user:8')!);
    expect([gone.ip, erasedPersonsOf(gone)]).toEqual(['203.0.113.9', ['user:8']]);
    expect(encodeEntry(gone, (person) => (person === 'user:8' ? null : saltOf(person)))).toBe(encodeEntry(entry(), saltOf));
  });

  test('that is there without its salt makes no bytes at all', () => {
    expect(encodeEntry(entry(), () => null)).toBeNull();
  });

  test.each(['email', 'ipAddress', 'full_name', 'userAgent', 'address'])('is what stands under the name %s, whatever it is, and an e-mail address anywhere', (name) => {
    const after = { [name]: { line: 'Mole Street 1' }, list: ['c@example.com'], note: 'kept' } as unknown as ExactJson;
    const encoded = encodeEntry(entry({ after }), saltOf)!;
    expect(encoded).not.toMatch(/Mole|c@example/);
    expect(encoded).toContain('kept');
  });
});

describe('H3 a tree of RFC 6962', () => {
  const leavesOfSize = (size: number): Buffer[] => Array.from({ length: size }, (_, index) => createHash('sha256').update(Buffer.of(0)).update(String(index)).digest());

  test('has the root that the RFC draws for seven leaves', () => {
    const node = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat([Buffer.of(1), ...parts])).digest();
    const [a, b, c, d, e, f, g] = leavesOfSize(7) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
    expect(treeRoot([a, b, c, d, e, f, g])).toEqual(node(node(node(a, b), node(c, d)), node(node(e, f), g)));
  });

  test('each leaf is proven at its place, and nowhere else, and no other leaf there', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, first, second) => {
      const leaves = leavesOfSize(size);
      const [index, other] = [first % size, second % size];
      const [root, proof] = [treeRoot(leaves), inclusionProofs(leaves)[index]!];
      expect(rootOfProof(leaves[index]!, index, size, proof)).toEqual(root);
      if (other !== index) {
        expect(rootOfProof(leaves[other]!, index, size, proof)).not.toEqual(root);
        expect(rootOfProof(leaves[index]!, other, size, proof) ?? Buffer.alloc(0)).not.toEqual(root);
      }
      expect(rootOfProof(leaves[index]!, index, size, [...proof, root]) ?? Buffer.alloc(0)).not.toEqual(root);
    }));
    expect([rootOfProof(leavesOfSize(1)[0]!, 1, 1, []), rootOfProof(leavesOfSize(1)[0]!, 0, 2, [])]).toEqual([null, null]);
  });
});

describe('H3 a checkpoint', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const leaves = Array.from({ length: 5 }, (_, index) => chainHash(FIRST_PREV, String(index)));
  const make = (number: number, firstSeq: number, before: Checkpoint | null): Checkpoint =>
    signCheckpoint({
      number, first_seq: firstSeq, last_seq: firstSeq + 4, root: treeRoot(leaves).toString('hex'), last_hash: leaves[4]!.toString('hex'), previous: before && checkpointHash(before),
      at: '2026-01-15T10:30:00.000Z', key_id: keyIdOf(publicKey),
    }, privateKey);
  const first = make(1, 1, null);
  const problem = (checkpoint: Checkpoint, before: Checkpoint | null = null, bytes = Buffer.concat(leaves)) => checkpointProblem(checkpoint, bytes, before, publicKey);

  test('is right as it was signed, and so is the next', () => {
    expect(problem(first)).toBeNull();
    expect(problem(make(2, 6, first), first)).toBeNull();
  });

  test.each(['number', 'first_seq', 'last_seq', 'root', 'last_hash', 'previous', 'at', 'key_id', 'signature'] as const)('with another %s is not', (field) => {
    const value = typeof first[field] === 'number' ? first[field] + 1 : 'ab'.repeat(32);
    expect(problem({ ...first, [field]: value })).toBe('its signature does not fit');
  });

  test('that is signed, but does not follow, or has other hashes, is not', () => {
    expect(problem(make(3, 6, first), first)).toMatch(/does not follow/);
    expect(problem(make(2, 7, first), first)).toMatch(/rows do not follow/);
    expect(problem(make(2, 6, null), first)).toMatch(/after another checkpoint/);
    expect(problem(first, null, Buffer.concat(leaves.slice(1)))).toMatch(/as many hashes/);
    expect(problem(first, null, Buffer.concat(leaves.toReversed()))).toMatch(/not those that were signed/);
  });

  test('is not signed by another key, nor by one under a borrowed name', () => {
    const stranger = generateKeyPairSync('ed25519').publicKey;
    const pem = (key: typeof publicKey): string => key.export({ type: 'spki', format: 'pem' }).toString();
    expect(isSigned(first, stranger)).toBe(false);
    expect(readCheckpointKey(keyIdOf(publicKey), pem(publicKey))).not.toBeNull();
    expect(readCheckpointKey(keyIdOf(publicKey), pem(stranger))).toBeNull();
    expect(readCheckpointKey(keyIdOf(publicKey), 'no key')).toBeNull();
  });
});
