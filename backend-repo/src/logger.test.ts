import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createLogger, type Logger } from './logger.ts';

function logged(fields: object): string {
  const lines: string[] = [];
  createLogger('info', { write: (line) => lines.push(line) }).info(fields, 'hello');
  return lines.join();
}

describe('E4 what never reaches a log', () => {
  const secrets = {
    password: 's3cret', token: 's3cret', apiSecret: 's3cret', authorization: 's3cret', 'x-trade-token': 's3cret', signingKey: 's3cret', totp: 123456, code: '123456', current_password: 's3cret',
    new_password: 's3cret', backup_codes: ['s3cret'], 'x-signature': 's3cret', csrfToken: 's3cret', 'set-cookie': ['refresh=s3cret'], 'X-CSRF-Token': 's3cret', email: 'ann@s3cret.example', databaseUrl: 's3cret', rawHeaders: ['Cookie', 's3cret'],
  };

  test('what stands under the name of a secret, however deep', () => {
    let nested: object = secrets;
    for (let depth = 0; depth < 12; depth += 1) nested = depth % 2 === 0 ? { body: nested } : { list: [nested] };
    for (const fields of [secrets, { req: { headers: secrets } }, { a: { b: { c: secrets } } }, nested]) {
      const line = logged(fields);
      expect(line).not.toMatch(/s3cret|123456/);
      expect(line).toContain('[redacted]');
    }
  });

  test('what is deeper or more than a line should hold, and what goes in circles', () => {
    const circle: Record<string, unknown> = { password: 's3cret' };
    circle['again'] = circle;
    circle['many'] = Array.from({ length: 5_000 }, () => circle);
    const line = logged({ circle });
    expect(line).not.toContain('s3cret');
    expect(line.length).toBeLessThan(100_000);
  });

  test('what holds what we do not know: a request, a client, bytes', () => {
    class Client {
      readonly options = { auth: 's3cret' };
    }
    const line = logged({ client: new Client(), inside: [{ headers: new Headers({ accept: 's3cret' }) }], bytes: Buffer.from('s3cret'), at: new Date(0) });
    expect(line).not.toContain('s3cret');
    expect(line).toContain('"client":"[Client]"');
    expect(line).toContain('"at":"1970-01-01T00:00:00.000Z"');
  });

  test('what a client or a driver hangs on its errors, and what parsers quote', () => {
    const inner = Object.assign(new Error('invalid input syntax for type bigint: "s3cret"'), { code: '22P02', where: 's3cret', parameters: ['s3cret'] });
    const outer = Object.assign(new Error('no answer to s3cret@mail.example', { cause: inner }), { config: { headers: { authorization: 's3cret' } }, detail: 's3cret', code: 'E_NO_ANSWER', constraint: 'one_each', table: 'users' });
    const line = logged({ error: outer, job: { failed: new AggregateError([outer], 'both') }, parsed: new SyntaxError('Unexpected token in "s3cret" is not JSON') });
    expect(line).not.toContain('s3cret');
    const { error } = JSON.parse(line) as { error: Record<string, unknown> };
    expect(error).toEqual({
      type: 'Error', message: 'no answer to s***@mail.example', code: 'E_NO_ANSWER', constraint: 'one_each', table: 'users', stack: expect.stringContaining('logger.test.ts'),
      cause: { type: 'Error', message: 'invalid input syntax for type bigint: "…"', code: '22P02', stack: expect.any(String) },
    });
  });

  test('what is said of an answer stays: its code, and whose name only looks like a secret', () => {
    expect(JSON.parse(logged({ code: 'TOKEN_SPENT', tokenId: 'tok_1', requireToken: true, error: { jti: 'tok_2', code: 'HTTP_500' } }))).toMatchObject({ code: 'TOKEN_SPENT', tokenId: 'tok_1', requireToken: true, error: { jti: 'tok_2', code: 'HTTP_500' } });
  });
});

describe('every name of the contract and of the configuration that looks like a secret', () => {
  const LOOKS_LIKE_ONE = /password|secret|token|code|signature|cookie|totp|otpauth|key$/i;
  /** Named like secrets, and none. */
  const HARMLESS = new Set(['Idempotency-Key', 'publicKey', 'public_key', 'trade_token_jti', 'labelTokensPerDay']);

  const names = [...namesOfContract(), ...namesOfConfiguration()].filter((name) => LOOKS_LIKE_ONE.test(name));

  test('are found', () => {
    expect(names).toEqual(expect.arrayContaining(['X-CSRF-Token', 'backup_codes', 'signingKey', 'totp', 'JWT_SECRET', 'encryptionKey']));
  });

  test.each([...new Set(names)].filter((name) => !HARMLESS.has(name)))('%s is redacted', (name) => {
    expect(logged({ body: { [name]: 's3cret' } })).not.toContain('s3cret');
  });
});

/** Of fields, headers and parameters. */
function namesOfContract(): string[] {
  const names: string[] = [];
  const read = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { properties, name } = value as { properties?: unknown; name?: unknown };
    if ('in' in value && typeof name === 'string') names.push(name);
    if (typeof properties === 'object' && properties !== null) names.push(...Object.keys(properties));
    Object.values(value).forEach(read);
  };
  read(parse(readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8')));
  return names;
}

/** As the environment and as the code writes them. */
function namesOfConfiguration(): string[] {
  const text = readFileSync(new URL('config.ts', import.meta.url), 'utf8');
  return [...text.matchAll(/^ +(?:readonly )?(\w+)\??:/gm)].map((match) => match[1]!);
}

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
