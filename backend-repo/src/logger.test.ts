import { describe, expect, test } from '@jest/globals';
import { createLogger, type Logger } from './logger.ts';

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

describe('while the database is away', () => {
  const away = (): Error => new Error('DATABASE_UNAVAILABLE', { cause: Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' }) });
  const isAway = (error: unknown): boolean => (error as { code?: string }).code === 'ECONNREFUSED';
  const lineOf = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>;

  function logging(): { lines: string[]; logger: Logger; wait: (milliseconds: number) => void } {
    const lines: string[] = [];
    let time = 0;
    return { lines, logger: createLogger('info', { write: (line) => lines.push(line) }, isAway, () => time), wait: (milliseconds) => void (time += milliseconds) };
  }

  test('a trouble is one line per kind and five seconds, without a stack, and the next line counts what was left out', () => {
    const { lines, logger, wait } = logging();
    for (let time = 0; time < 10; time += 1) {
      logger.error({ job: 'one', error: away() }, 'job failed');
      logger.error({ job: 'two', error: away() }, 'job failed');
    }
    wait(5_001);
    logger.error({ job: 'one', error: away() }, 'job failed');
    expect(lines.map(lineOf)).toEqual([
      expect.objectContaining({ job: 'one', reason: 'connect refused', msg: 'job failed' }), expect.objectContaining({ job: 'two' }), expect.objectContaining({ job: 'one', left_out: 9 }),
    ]);
    expect(lines.join()).not.toContain('stack');
  });

  test('each refused request keeps its line, since it is found by its id', () => {
    const { lines, logger } = logging();
    for (const id of ['req_1', 'req_2']) logger.error({ request_id: id, error: away() }, 'refused');
    expect(lines.map((line) => lineOf(line)['request_id'])).toEqual(['req_1', 'req_2']);
  });

  test('another node that does not answer in time is told of like that, too', async () => {
    const { lines, logger } = logging();
    const late = await new Promise((resolve) => {
      const signal = AbortSignal.timeout(1);
      signal.addEventListener('abort', () => resolve(signal.reason));
    });
    logger.error({ request_id: 'req_1', error: new Error('ORDER_OUTCOME_UNKNOWN', { cause: late }) }, 'refused');
    expect(lines.map(lineOf)).toEqual([expect.objectContaining({ request_id: 'req_1', reason: expect.stringContaining('timeout') })]);
    expect(lines.join()).not.toContain('stack');
  });

  test('a mistake of ours is written whole, each time', () => {
    const { lines, logger } = logging();
    for (let time = 0; time < 2; time += 1) logger.error({ error: new TypeError('x is not a function') }, 'job failed');
    expect(lines.filter((line) => line.includes('stack'))).toHaveLength(2);
  });
});
