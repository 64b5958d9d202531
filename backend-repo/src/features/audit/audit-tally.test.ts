import { expect, test } from '@jest/globals';
import type { AuditEntry } from '../../domain/audit-entry.ts';
import { AuditTally, LINES_MAX, type Occurrence } from './audit-tally.state.ts';

const READ: Occurrence = { actor: { kind: 'user', id: '7' }, action: 'balances.read', subject: { kind: 'user', id: '7' }, ip: '203.0.113.9', what: 'GET /api/account/balances' };

function tallyWith(write: (entries: readonly AuditEntry[]) => Promise<void>): { tally: AuditTally; tick: () => void } {
  let at = Date.UTC(2026, 0, 15, 10, 30);
  return { tally: new AuditTally({ write, now: () => at }), tick: () => void (at += 1_000) };
}

test('H7 what happens often is one entry per reader, subject and kind: how often, from which addresses, within which time', async () => {
  const written: AuditEntry[] = [];
  const { tally, tick } = tallyWith(async (entries) => void written.push(...entries));
  tally.note(READ);
  tick();
  tally.note({ ...READ, ip: '2001:db8::1', what: 'GET /api/account/balances/{asset}' });
  tally.note({ ...READ, actor: { kind: 'user', id: '8' } });
  tally.note(READ);
  await tally.flush();
  await tally.flush();
  expect(written).toEqual([
    {
      actor: { kind: 'user', id: '7', ip: '203.0.113.9' }, action: 'balances.read', subject: { kind: 'user', id: '7' },
      after: {
        count: 3, from: '2026-01-15T10:30:00.000Z', to: '2026-01-15T10:30:01.000Z', what: { 'GET /api/account/balances': 2, 'GET /api/account/balances/{asset}': 1 },
        ip_address: ['203.0.113.9', '2001:db8::1'],
      },
    },
    expect.objectContaining({ actor: { kind: 'user', id: '8', ip: '203.0.113.9' }, after: expect.objectContaining({ count: 1 }) }),
  ]);
});

test('what cannot be written is written later, with what came in between', async () => {
  const written: AuditEntry[] = [];
  let away = true;
  const { tally, tick } = tallyWith(async (entries) => {
    if (away) {
      // While it was being written.
      tally.note(READ);
      throw new Error('the database is away');
    }
    written.push(...entries);
  });
  tally.note(READ);
  await expect(tally.flush()).rejects.toThrow('the database is away');
  tick();
  tally.note({ ...READ, action: 'trades.read' });
  away = false;
  await tally.flush();
  expect(written.map(({ action, after }) => [action, (after as { count: number }).count])).toEqual([['balances.read', 2], ['trades.read', 1]]);
});

test('its memory has an end, behind which all is counted together, and nothing is lost', async () => {
  const written: AuditEntry[] = [];
  const { tally } = tallyWith(async (entries) => void written.push(...entries));
  for (let id = 0; id < LINES_MAX + 5; id += 1) tally.note({ ...READ, subject: { kind: 'user', id: String(id) } });
  for (let index = 0; index < 50; index += 1) tally.note({ ...READ, subject: { kind: 'user', id: '0' }, ip: `203.0.113.${index}`, what: `way ${index}` });
  await tally.flush();
  expect(written).toHaveLength(LINES_MAX + 1);
  expect(written.at(-1)).toMatchObject({ actor: { kind: 'system', id: 'audit' }, subject: { kind: 'audit_log', id: 'overflow' }, after: { count: 5 } });
  const { what, ip_address } = written[0]!.after as { what: object; ip_address: string[] };
  expect([Object.keys(what).length, ip_address.length]).toEqual([21, 20]);
});
