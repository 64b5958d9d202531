import { expect, test } from '@jest/globals';
import { createLogger } from './logger.ts';

test('what stands under the name of a secret never reaches a log, however deep', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => lines.push(line) });
  const secrets = { password: 's3cret', token: 's3cret', apiSecret: 's3cret', authorization: 's3cret', 'x-trade-token': 's3cret' };
  logger.info({ ...secrets, body: secrets, req: { headers: secrets } }, 'hello');
  expect(lines.join()).not.toContain('s3cret');
  expect(lines.join()).toContain('[redacted]');
});

test('an error is written with its cause', () => {
  const lines: string[] = [];
  createLogger('info', { write: (line) => lines.push(line) }).error({ error: new Error('outer', { cause: new Error('inner') }) }, 'failed');
  expect(lines.join()).toContain('inner');
});
