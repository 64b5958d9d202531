import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Imports go one way, down (design §3). Each kind of file may import what stands beside it in the table; the message says what to do
 * instead. Type imports are free where they only name a shape that the composition root fills.
 */
const SRC = fileURLToPath(new URL('..', import.meta.url));

interface Rule {
  /** Folders and files of ours, besides itself. `own:` means of the same feature folder. */
  readonly may: readonly string[];
  readonly packages: readonly string[];
  readonly instead: string;
}

const RULES: Record<string, Rule> = {
  // node:net for its tables of addresses, which ask nobody.
  domain: { may: ['domain/'], packages: ['node:crypto', 'node:net'], instead: 'domain/ is pure: take what you need as an argument.' },
  schema: { may: ['own:schema', 'domain/', 'errors.ts', 'http/order-fields.ts'], packages: ['joi'], instead: 'A schema says what a request may contain. Share fields through a neutral file.' },
  repository: { may: ['domain/', 'errors.ts', 'db/'], packages: ['knex', 'pg'], instead: 'A repository holds SQL. Let the service decide, and hand it the values.' },
  gateway: { may: ['domain/', 'errors.ts'], packages: ['*'], instead: 'A gateway speaks to one outside system through its one client library.' },
  state: { may: ['own:', 'domain/', 'errors.ts', 'db/'], packages: ['node:'], instead: 'A state file owns what lives in memory. Take outside things in its constructor.' },
  service: { may: ['own:', 'domain/', 'errors.ts'], packages: ['node:crypto'], instead: 'A service names what it needs in its deps; app.ts hands it over.' },
  realtime: { may: ['own:', 'domain/', 'errors.ts', 'realtime/'], packages: ['socket.io'], instead: 'A realtime file binds sockets to its service.' },
  controller: { may: ['own:', 'domain/', 'errors.ts', 'http/'], packages: ['express'], instead: 'A controller reads, calls its own service once, and answers.' },
  http: { may: ['http/', 'domain/', 'errors.ts', 'logger.ts', 'config.ts', 'config-limits.ts', 'features/', 'db/pg-error.ts'], packages: ['express', 'joi', 'helmet', 'express-rate-limit', 'prom-client', 'node:'], instead: 'http/ knows requests and controllers, no SQL and no other feature’s inside.' },
  db: { may: ['db/', 'errors.ts', 'domain/'], packages: ['knex', 'pg', 'node:'], instead: 'db/ knows no feature.' },
  redis: { may: ['redis/', 'http/'], packages: ['redis', 'node:'], instead: 'redis/ is the shared form of what http/ and state files count; it decides nothing of its own.' },
  jobs: { may: ['jobs/', 'logger.ts', 'errors.ts'], packages: ['node-cron', 'pg-boss'], instead: 'schedule.ts lists what runs when; app.ts hands over what to run.' },
  backup: { may: ['backup/', 'db/'], packages: ['pg', 'pg-copy-streams', 'joi', 'node:'], instead: 'backup/ reads and fills whole tables, and knows no feature.' },
  // Thin wrappers of one library each, and what everybody may read.
  root: { may: ['errors.ts', 'config-limits.ts', 'domain/'], packages: ['joi', 'jsonwebtoken', 'argon2', 'otplib', 'pino', 'node:'], instead: 'A wrapper of a library knows nothing of us.' },
};

const ROOT_FILES = new Set(['config.ts', 'config-limits.ts', 'errors.ts', 'logger.ts', 'jwt.ts', 'passwords.ts', 'totp.ts']);
/** The composition root and the processes: they may see everything. */
const COMPOSERS = [/^app\.ts$/, /^app\//, /^main\.ts$/, /^migrate\.ts$/, /^(partner|admin)-create\.ts$/, /^(access-key-rotate|secrets-reseal|sign-ins-end)\.ts$/, /^command-line\.ts$/, /^(backup|restore|audit-verify|audit-erase|audit-rotate-key|mail-retry)\.ts$/, /^testing\//, /\.test\.ts$/];

function kindOf(path: string): string | null {
  if (COMPOSERS.some((pattern) => pattern.test(path))) return null;
  if (ROOT_FILES.has(path)) return 'root';
  const [top] = path.split('/') as [string];
  if (top !== 'features') return top;
  return /\.(schema|repository|gateway|state|service|realtime|controller)\.ts$/.exec(path)?.[1] ?? 'unknown';
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).map((path) => path.replaceAll('\\', '/'));

function importsOf(path: string): Import[] {
  const text = readFileSync(join(SRC, path), 'utf8');
  const found = [...text.matchAll(/^(?:import|export)\s+(type\s+)?[^;]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gm)];
  return found.map((match) => ({ from: path, to: match[2] ?? match[3] ?? match[4]!, typeOnly: match[1] !== undefined }));
}

function problem({ from, to, typeOnly }: Import): string | null {
  const kind = kindOf(from)!;
  const rule = RULES[kind];
  if (!rule) return `${from}: no rule for a file of kind "${kind}". Name it x.controller.ts, x.service.ts, x.repository.ts, x.schema.ts, x.gateway.ts, x.state.ts or x.realtime.ts.`;
  if (!to.startsWith('.')) {
    const allowed = typeOnly || rule.packages.some((name) => name === '*' || to === name || (name.endsWith(':') && to.startsWith(name)) || to.startsWith(`${name}/`));
    return allowed ? null : `${from} imports ${to}. ${rule.instead}`;
  }
  const target = relative(SRC, resolve(SRC, dirname(from), to)).replaceAll('\\', '/');
  if (from.startsWith('features/') && target.startsWith('features/')) return featureProblem(from, target, typeOnly, rule);
  if (typeOnly && !target.startsWith('app')) return null;
  if (kind === 'http' && target.startsWith('features/') && !['controller', 'schema', 'service'].includes(kindOf(target) ?? '')) return `${from} imports ${target}. ${rule.instead}`;
  const allowed = rule.may.some((place) => !place.startsWith('own:') && (place.endsWith('/') ? target.startsWith(place) : target === place));
  return allowed ? null : `${from} imports ${target}. ${rule.instead}`;
}

function featureProblem(from: string, target: string, typeOnly: boolean, rule: Rule): string | null {
  const own = dirname(from) === dirname(target);
  if (!own) return `${from} imports ${target}, of another feature. Name the method you need in your deps; app.ts hands it over.`;
  if (typeOnly) return null;
  const kind = kindOf(target);
  const order = ['controller', 'realtime', 'service', 'state', 'gateway', 'repository', 'schema'];
  const down = order.indexOf(kind ?? '') >= order.indexOf(kindOf(from) ?? '');
  const named = rule.may.includes('own:') || rule.may.includes(`own:${kind}`) || kind === kindOf(from);
  return down && named ? null : `${from} imports ${target}: imports go down, controller → service → repository. ${rule.instead}`;
}

const withoutComments = (path: string): string => readFileSync(join(SRC, path), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '').replace(/\/\*\*.*?\*\//g, '');

test('imports go one way, down', () => {
  const problems = files.filter((path) => kindOf(path) !== null).flatMap(importsOf).map(problem).filter((text) => text !== null);
  expect(problems).toEqual([]);
});

test('only the composition root says `new` of a service, repository or state', () => {
  const offenders = files
    .filter((path) => kindOf(path) !== null)
    .filter((path) => /\bnew \w+(Service|Repository|State|Keys|Engine|Tokens)\(/.test(readFileSync(join(SRC, path), 'utf8').replace(/new (MatchingEngine|OpenTokens)\(/g, '')));
  expect(offenders).toEqual([]);
});

test('a service or controller makes nothing but values: what has a life of its own is handed to it', () => {
  const values = /\bnew (?!AppError|Error|Map|Set|WeakMap|Date\(\w|URL|Promise|Uint8Array|Intl\.)[A-Z]\w*/;
  const offenders = files.filter((path) => /\.(service|controller)\.ts$/.test(path)).filter((path) => values.test(withoutComments(path)));
  expect(offenders).toEqual([]);
});

test('process.env is read in config.ts alone', () => {
  const readers = files.filter((path) => !path.endsWith('.test.ts') && !path.startsWith('testing/') && /process\.env/.test(readFileSync(join(SRC, path), 'utf8')));
  expect(readers).toEqual(['config.ts']);
});

test('SQL stands in repositories', () => {
  const sql = /\b(select\s+[\w*.,\s()]+\s+from|insert\s+into|update\s+\w+\.\w+\s+set|delete\s+from)\b|\b(?!express)\w+\.(raw|query)\(/i;
  const elsewhere = (path: string): boolean => /\.(repository|test)\.ts$/.test(path) || /^(db|backup|testing)\//.test(path);
  const offenders = files.filter((path) => !elsewhere(path)).filter((path) => sql.test(withoutComments(path)));
  expect(offenders).toEqual([]);
});

test('domain/ and services have no clock and no chance: both are handed to them', () => {
  const offenders = files
    .filter((path) => (path.startsWith('domain/') || /\.(service|controller)\.ts$/.test(path)) && !path.endsWith('.test.ts'))
    .filter((path) => /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\{[^}]*\b(randomUUID|randomBytes)\b[^}]*\} from 'node:crypto'|\bsetTimeout\b/.test(withoutComments(path)));
  expect(offenders).toEqual([]);
});

test('ccxt is imported in a gateway, lazily', () => {
  const offenders = files.filter((path) => !path.startsWith('testing/')).filter((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    return /from 'ccxt'/.test(text) || (/import\('ccxt'\)/.test(text) && !path.endsWith('.gateway.ts'));
  });
  expect(offenders).toEqual([]);
});

test('the two repositories do not read each other', () => {
  const backend = resolve(SRC, '..');
  for (const folder of ['src', 'demo', 'bench', 'chaos', 'migrations']) {
    const sources = readdirSync(join(backend, folder), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts') && basename(path) !== 'architecture.test.ts');
    for (const path of sources) expect(readFileSync(join(backend, folder, path), 'utf8')).not.toMatch(/widget-repo/);
  }
});

describe('the rules can fail:', () => {
  const refused = (from: string, to: string, typeOnly = false): string | null => problem({ from, to, typeOnly });
  test.each([
    ['domain/money.ts', 'node:fs'],
    ['domain/money.ts', '../errors.ts'],
    ['features/widget/widget.schema.ts', './partners.service.ts'],
    ['features/widget/partners.repository.ts', './partners.service.ts'],
    ['features/widget/partners.service.ts', 'express'],
    ['features/widget/partners.service.ts', '../auth/auth.service.ts'],
    ['features/widget/partners.service.ts', './widget.controller.ts'],
    ['features/widget/partners.service.ts', '../../config.ts'],
    ['features/widget/widget.controller.ts', '../../db/connection.ts'],
    ['features/widget/helpers.ts', './widget.schema.ts'],
    ['jobs/schedule.ts', '../features/auth/auth.service.ts'],
    ['http/routes/widget.ts', '../../features/widget/fees.repository.ts'],
    ['http/routes/widget.ts', '../../features/widget/partners.state.ts'],
  ])('%s may not import %s', (from, to) => {
    expect(refused(from, to)).not.toBeNull();
  });
});
