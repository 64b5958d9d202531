import { randomUUID, sign } from 'node:crypto';
import { signRequest } from '../../domain/signature.ts';
import { FUNDING_SECRET, sessionHeaders } from '../builders.ts';
import type { Trader } from '../venue.ts';
import { bodyText, type BodyFault } from './body-text.ts';
import type { FuzzedOperation } from './contract-shapes.ts';
import { exampleOf } from './examples.ts';
import type { Fault } from './faults.ts';
import { SERVICE_KEY, type World } from './world.ts';

/** A request as it will stand on the wire. */
export interface Draft {
  readonly operation: FuzzedOperation;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer | null;
}

const BODY_KINDS = new Set(['value', 'missing', 'unknown field', 'name twice', 'repeated items']);
const BODY_BYTES_MAX = 100 * 1024;
const BATCH_BYTES_MAX = 400 * 1024;

/** The right request with these faults in it. What proves who calls is made last, over the faults: a bad body with a right signature. */
export function draftOf(operation: FuzzedOperation, faults: readonly Fault[], whole: World, turn: number): Draft {
  // Ten tokens a second per user: each request of a widget comes from another one.
  const world = operation.caller === 'widget' ? { ...whole, material: { ...whole.material, user: whole.sessions[turn % whole.sessions.length]! } } : whole;
  const example = exampleOf(operation, world, turn);
  const method = faults.find((fault) => fault.fault === 'method')?.method ?? operation.method;
  const query = queryOf(example.query ?? {}, faults);
  const target = pathOf(operation.path, example.parameters ?? {}, faults) + (query === null ? '' : `?${query}`);
  const body = bodyOf(operation, example.body, faults);
  const headers = new Map<string, string>(Object.entries({ Host: 'localhost', ...(body && { 'Content-Type': 'application/json' }), ...example.headers }));
  for (const [name, value] of Object.entries(credentials(operation, world, turn, { method, target, body }))) headers.set(name, value);
  return { operation, method, target, headers: withHeaderFaults(headers, faults, world), body };
}

function pathOf(path: string, parameters: Readonly<Record<string, string>>, faults: readonly Fault[]): string {
  const texts = { ...parameters };
  for (const fault of faults) if (fault.fault === 'parameter') texts[fault.name] = fault.text;
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => texts[name] ?? '');
  return faults.reduce((text, fault) => {
    if (fault.fault !== 'path') return text;
    switch (fault.how) {
      case 'slash after': return `${text}/`;
      case 'slash twice': return text.replace(/\/(\w+)$/, '//$1');
      case 'capitals': return text.toUpperCase();
      case 'dot json': return `${text}.json`;
      case 'semicolon': return `${text};a=b`;
      case 'encoded slash': return text.replace(/(?<=.)\//, '%2f');
    }
  }, filled);
}

function queryOf(query: Readonly<Record<string, string>>, faults: readonly Fault[]): string | null {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    const replaced = faults.find((fault) => fault.fault === 'query' && fault.name === name);
    return replaced ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  for (const fault of faults) {
    if (fault.fault === 'query') pairs.push(...fault.values.map((value) => `${fault.name}=${value}`));
    if (fault.fault === 'query text') pairs.push(fault.text);
  }
  const text = pairs.join('&');
  return text === '' && !faults.some((fault) => fault.fault === 'query text') ? null : text;
}

function bodyOf({ hasBody, id }: FuzzedOperation, body: unknown, faults: readonly Fault[]): Buffer | null {
  const text = hasBody ? bodyText(body, faults.filter((fault): fault is BodyFault => BODY_KINDS.has(fault.fault))) : null;
  let bytes: Buffer | null = text === null ? null : Buffer.from(text);
  for (const fault of faults) if (fault.fault === 'body') bytes = spoiled(bytes ?? Buffer.alloc(0), fault, id === 'reportExecutions' ? BATCH_BYTES_MAX : BODY_BYTES_MAX);
  return bytes;
}

function spoiled(bytes: Buffer, fault: Extract<Fault, { fault: 'body' }>, bytesMax: number): Buffer | null {
  const padded = (length: number): Buffer => Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length), ' ')]);
  switch (fault.how) {
    case 'instead': return Buffer.from(fault.text);
    case 'cut': return bytes.subarray(0, fault.at % (bytes.length + 1));
    case 'tail': return Buffer.concat([bytes, Buffer.from(fault.text, 'latin1')]);
    case 'bad bytes': return Buffer.concat([bytes.subarray(0, fault.at % (bytes.length + 1)), Buffer.from(fault.text, 'latin1'), bytes.subarray(fault.at % (bytes.length + 1))]);
    case 'byte order mark': return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 'utf-16': return Buffer.from(bytes.toString(), 'utf16le');
    case 'none': return null;
    case 'padded to the limit': return padded(bytesMax);
    case 'padded over the limit': return padded(bytesMax + 1);
  }
}

/** Whoever is signed in with it is signed out by a right request. */
const ENDS_THE_SESSION: ReadonlySet<string> = new Set(['logout', 'changePassword', 'enableSecondFactor', 'verifySecondFactor', 'disableSecondFactor']);

function credentials({ caller, id }: FuzzedOperation, world: World, turn: number, sent: { method: string; target: string; body: Buffer | null }): Record<string, string> {
  const of = <T>(list: readonly T[]): T => list[turn % list.length]!;
  switch (caller) {
    case 'nobody': return {};
    case 'widget': return { Authorization: `Bearer ${world.material.user.sessionToken}` };
    case 'service': return { 'X-API-Key': SERVICE_KEY };
    case 'staff': return { Authorization: `Bearer ${of(world.admins)}` };
    case 'trader': return ENDS_THE_SESSION.has(id) ? { Authorization: `Bearer ${of(world.leavers)}` } : signedBySession(world, turn, sent, id === 'getOrder' ? world.traders[0]! : of(id === 'requestWithdrawal' ? world.withdrawers : world.traders));
    case 'provider': return signature(world, turn, sent, { apiKey: 'payment-provider', apiSecret: FUNDING_SECRET });
    case 'partner': return { ...signature(world, turn, sent), ...(id === 'reportExecutions' && turn % 2 === 1 && { 'X-Report-Signature': reportSignature(world, sent.body ?? Buffer.alloc(0)) }) };
  }
}

/** Cancels and withdrawals must be signed, and any call may be. */
function signedBySession({ app }: World, turn: number, { method, target, body }: { method: string; target: string; body: Buffer | null }, trader: Trader): Record<string, string> {
  if (method !== 'DELETE' && target !== '/api/account/withdraw' && turn % 3 > 0) return { Authorization: `Bearer ${trader.accessToken}` };
  return sessionHeaders(trader, method, target, body ?? Buffer.alloc(0), { version: turn % 2 === 0 ? 1 : 2, timestamp: app.now() });
}

function signature(
  { app, material }: World, turn: number, { method, target, body }: { method: string; target: string; body: Buffer | null }, signer: { readonly apiKey: string; readonly apiSecret: string } = material.partner,
): Record<string, string> {
  const version = turn % 4 === 0 ? 1 : 2;
  const [timestamp, nonce] = [String(app.now()), randomUUID()];
  const signed = signRequest({ version, timestamp, nonce, method, path: target, body: body ?? Buffer.alloc(0) }, signer.apiSecret);
  return { 'X-API-Key': signer.apiKey, 'X-API-Timestamp': timestamp, 'X-API-Nonce': nonce, 'X-API-Signature': signed, 'X-API-Signature-Version': String(version) };
}

/** RFC 7515, appendix F, over the bytes as they are sent. */
function reportSignature({ reportKey: { kid, privateKey } }: World, body: Buffer): string {
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid })).toString('base64url');
  const signed = sign('sha256', Buffer.from(`${header}.${body.toString('base64url')}`), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${header}..${signed.toString('base64url')}`;
}

function withHeaderFaults(headers: Map<string, string>, faults: readonly Fault[], world: World): [string, string][] {
  const twice: [string, string][] = [];
  for (const fault of faults) {
    if (fault.fault === 'bearer') headers.set('Authorization', fault.whose === 'nobody’s' ? 'Bearer ' : `Bearer ${world.wrongBearers[fault.whose]!}`);
    if (fault.fault === 'header twice') twice.push([fault.name, fault.value]);
    if (fault.fault !== 'header') continue;
    for (const name of headers.keys()) if (name.toLowerCase() === fault.name.toLowerCase()) headers.delete(name);
    if (fault.value !== null) headers.set(fault.name, fault.value);
  }
  return [...headers, ...twice];
}
