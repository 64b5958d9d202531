import { expect, test } from '@jest/globals';
import { isDatabaseAway } from './pg-error.ts';

const coded = (code: string): Error => Object.assign(new Error('something of the driver'), { code });

test.each([
  ...['ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'EHOSTUNREACH', '57P01', '57P03', '53300', '08006', '25006'].map((code) => [code, coded(code)] as const),
  ...['timeout expired', 'Query read timeout', 'timeout exceeded when trying to connect', 'Connection terminated unexpectedly', 'Client was closed and is not queryable',
    'Acquire connection error: Error: connect ECONNREFUSED 10.0.0.1:5432', 'Client has encountered a connection error and is not queryable'].map((message) => [message, new Error(message)] as const),
])('%s means that the database is away', (_name, error) => {
  expect(isDatabaseAway(error)).toBe(true);
});

test.each([['a bad row', coded('23505')], ['a mistake in a statement', coded('42601')], ['no error at all', 'timeout expired'], ['a mistake of ours', new TypeError('x is not a function')]])(
  '%s does not',
  (_name, error) => {
    expect(isDatabaseAway(error)).toBe(false);
  },
);
