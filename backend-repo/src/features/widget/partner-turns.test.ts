import { expect, test } from '@jest/globals';
import { PartnerTurns } from './partner-turns.state.ts';

test('a partner has one turn at a time; another partner does not wait for it', async () => {
  const turns = new PartnerTurns();
  const events: string[] = [];
  const work = (name: string, milliseconds: number) => async () => {
    events.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    events.push(`${name} ends`);
  };
  await Promise.all([turns.take('a', work('a1', 30)), turns.take('a', work('a2', 1)), turns.take('b', work('b1', 1))]);
  expect(events).toEqual(['a1 begins', 'b1 begins', 'b1 ends', 'a1 ends', 'a2 begins', 'a2 ends']);
});

test('a turn that fails does not fail the next', async () => {
  const turns = new PartnerTurns();
  const results = await Promise.allSettled([turns.take('a', () => Promise.reject(new Error('no'))), turns.take('a', () => Promise.resolve(2))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('fifty may wait, the next is told to come again', async () => {
  const turns = new PartnerTurns();
  let finish = (): void => undefined;
  const held = new Promise<void>((resolve) => (finish = resolve));
  const all = Array.from({ length: 50 }, () => turns.take('a', () => held));
  await expect(turns.take('a', () => held)).rejects.toMatchObject({ code: 'OVERLOADED' });
  finish();
  await Promise.all(all);
});
