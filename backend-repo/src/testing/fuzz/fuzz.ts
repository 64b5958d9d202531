import fc from 'fast-check';
import { contractPath } from '../../http/router.ts';
import { ANSWER_MS_MAX, codeOf, findingsOf, type Finding } from './answer-checks.ts';
import { fuzzedOperations, type FuzzedOperation } from './contract-shapes.ts';
import { draftOf } from './draft.ts';
import { exampleOf } from './examples.ts';
import { badRequests, type Fault } from './faults.ts';
import { rawFinding, rawRequests } from './raw-requests.ts';
import { Sender } from './sender.ts';
import { Books, changedTables } from './unchanged.ts';
import { newMaterial, type World } from './world.ts';

export interface Failure {
  readonly operation: string;
  readonly seed: number;
  readonly what: string;
  /** What was wrong with the request, as few faults as still show it. */
  readonly faults: readonly Fault[] | string;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly operations: number;
  readonly serverErrors: number;
  readonly undeclared: number;
  readonly unfit: number;
  /** Refused requests that changed something. */
  readonly changed: number;
  /** Refused requests of which it was seen that they changed nothing. */
  readonly refusedUnchanged: number;
  /** How many inputs of each operation got past authentication, limits and the search for a route. */
  readonly reached: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Operations of the contract that no route serves yet. */
  readonly toCome: readonly string[];
  readonly failures: readonly Failure[];
}

interface Tried {
  readonly faults: readonly Fault[];
  readonly status: number;
}

const INPUTS_PER_BLOCK_MAX = 100;
const NOT_REACHED = new Set(['AUTHENTICATION_REQUIRED', 'ACCESS_TOKEN_INVALID', 'PERMISSION_DENIED', 'REQUEST_SIGNATURE_REQUIRED', 'SIGNATURE_INVALID', 'TIMESTAMP_OUT_OF_RANGE', 'NONCE_REUSED', 'SESSION_INVALID', 'RATE_LIMIT_EXCEEDED', 'NOT_FOUND', 'METHOD_NOT_ALLOWED']);
const SHRINK_RUNS_MAX = 100;
const RAW_AT_ONCE = 8;

export const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** Of each operation's inputs, the part that reached it. */
export const partsReached = ({ statuses, reached }: FuzzReport): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(statuses).map(([id, counts]) => [id, reached[id]! / sum(counts)]));

/** Bad inputs for every operation of the contract that is there. The same seed gives the same inputs. */
export class Fuzz {
  readonly #world: World;
  readonly #seed: number;
  readonly #sender: Sender;
  readonly #books: Books;
  readonly #failures: Failure[] = [];
  readonly #statuses: Record<string, Record<string, number>> = {};
  readonly #counts = { inputs: 0, serverErrors: 0, undeclared: 0, unfit: 0, changed: 0, refusedUnchanged: 0 };
  readonly #reached: Record<string, number> = {};
  #turn = 0;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#seed = seed;
    this.#sender = new Sender(world.app.url);
    this.#books = new Books(world.app.database.superUrl);
  }

  async run(inputs: number): Promise<FuzzReport> {
    const served = new Set(this.#world.app.app.routes.map(({ method, path }) => `${method.toUpperCase()} ${contractPath(path)}`));
    const all = fuzzedOperations();
    const operations = all.filter(({ method, path }) => served.has(`${method} ${path}`));
    const shares = operations.map(({ hasBody }) => (hasBody ? 4 : 2));
    const rawInputs = Math.ceil(inputs / 40);
    const perShare = (inputs - rawInputs) / shares.reduce((sum, share) => sum + share, 0);
    await this.#books.open();
    try {
      for (const [index, operation] of operations.entries()) await this.#fuzz(operation, Math.ceil(perShare * shares[index]!), this.#seed + index * 100);
      await this.#fuzzRaw(rawInputs);
    } finally {
      this.#sender.close();
      await this.#books.close();
    }
    const toCome = all.filter((operation) => !operations.includes(operation)).map(({ id }) => id);
    return { ...this.#counts, operations: operations.length, reached: this.#reached, statuses: this.#statuses, toCome, failures: this.#failures };
  }

  async #fuzz(operation: FuzzedOperation, inputs: number, firstSeed: number): Promise<void> {
    const failing = new Map<number, number>();
    for (let done = 0, seed = firstSeed; done < inputs; done += INPUTS_PER_BLOCK_MAX, seed += 1) {
      const count = Math.min(INPUTS_PER_BLOCK_MAX, inputs - done);
      const failures = await this.#block(operation, count, seed);
      if (failures > 0 && failing.size === 0) failing.set(seed, count);
    }
    for (const [seed, count] of failing) await this.#shrink(operation, count, seed);
  }

  /** @returns how many of them were answered wrongly */
  async #block(operation: FuzzedOperation, inputs: number, seed: number): Promise<number> {
    await this.#begin(operation, seed);
    const before = await this.#books.quietDigest();
    const tried: Tried[] = [];
    let wrong = 0;
    const property = fc.asyncProperty(badRequests(operation, Object.keys(this.#world.wrongBearers)), async (faults) => {
      const { status, code, findings } = await this.#try(operation, faults);
      this.#count(operation, status, code, findings);
      tried.push({ faults, status });
      if (findings.length > 0) wrong += 1;
      if (findings.length > 0 && wrong <= 3) this.#failures.push({ operation: operation.id, seed, what: findings.map(({ what }) => what).join('; '), faults });
    });
    await fc.check(property, { numRuns: inputs, seed });
    await this.#compare(operation, tried, before, seed);
    return wrong;
  }

  /** A right request is answered as such, else the wrong ones would prove nothing. */
  async #begin(operation: FuzzedOperation, seed: number): Promise<void> {
    this.#world.material = await newMaterial(this.#world, (this.#turn += 1));
    const { status, body } = await this.#sender.send(draftOf(operation, [], this.#world, this.#turn));
    const right = (status >= 200 && status < 300) || exampleOf(operation, this.#world).mayAlsoBe?.includes(status);
    if (!right) this.#failures.push({ operation: operation.id, seed, what: `the right request was answered ${status} ${body.toString().slice(0, 500)}`, faults: [] });
  }

  async #try(operation: FuzzedOperation, faults: readonly Fault[], patience = 2): Promise<{ status: number; code: string | null; findings: Finding[] }> {
    const draft = draftOf(operation, faults, this.#world, (this.#turn += 1));
    try {
      const answer = await this.#sender.send(draft);
      // A machine that is busy elsewhere is slow once. What is slow by its nature is slow again, and only that is a finding.
      if (answer.milliseconds > ANSWER_MS_MAX && patience > 0) return await this.#try(operation, faults, patience - 1);
      return { status: answer.status, code: codeOf(answer), findings: findingsOf(draft, answer, this.#world.secrets) };
    } catch (error) {
      return { status: 0, code: null, findings: [{ kind: 'server error', what: `no answer: ${(error as Error).message}` }] };
    }
  }

  #count({ id }: FuzzedOperation, status: number, code: string | null, findings: readonly Finding[]): void {
    this.#counts.inputs += 1;
    this.#reached[id] = (this.#reached[id] ?? 0) + (code === null || !NOT_REACHED.has(code) ? 1 : 0);
    const ofOperation = (this.#statuses[id] ??= {});
    ofOperation[status] = (ofOperation[status] ?? 0) + 1;
    const kinds = new Set(findings.map(({ kind }) => kind));
    if (kinds.has('server error')) this.#counts.serverErrors += 1;
    if (kinds.has('undeclared')) this.#counts.undeclared += 1;
    if (kinds.has('unfit')) this.#counts.unfit += 1;
  }

  /** Where nothing was accepted, nothing may have changed. Else the refused ones are sent once more, by themselves. */
  async #compare(operation: FuzzedOperation, tried: readonly Tried[], before: ReadonlyMap<string, string>, seed: number): Promise<void> {
    const refused = tried.filter(({ status }) => status >= 400).map(({ faults }) => faults);
    const read = operation.method === 'GET';
    if (read || refused.length === tried.length) {
      if (changedTables(before, await this.#books.digest()).length > 0) await this.#findChanging(operation, read ? tried.map(({ faults }) => faults) : refused, seed);
      else this.#counts.refusedUnchanged += refused.length;
      return;
    }
    this.#world.material = await newMaterial(this.#world, (this.#turn += 1));
    const again = await this.#books.quietDigest();
    let accepted = 0;
    for (const faults of refused) if ((await this.#try(operation, faults)).status < 400) accepted += 1;
    if (changedTables(again, await this.#books.digest()).length === 0) this.#counts.refusedUnchanged += refused.length - accepted;
    else await this.#findChanging(operation, refused, seed);
  }

  async #findChanging(operation: FuzzedOperation, suspects: readonly (readonly Fault[])[], seed: number): Promise<void> {
    this.#world.material = await newMaterial(this.#world, (this.#turn += 1));
    for (const faults of suspects) {
      const before = await this.#books.quietDigest();
      const { status } = await this.#try(operation, faults);
      const tables = changedTables(before, await this.#books.digest());
      if (tables.length === 0 || (status < 400 && operation.method !== 'GET')) continue;
      this.#counts.changed += 1;
      this.#failures.push({ operation: operation.id, seed, what: `was answered ${status} and changed ${tables.join(', ')}`, faults });
    }
  }

  async #shrink(operation: FuzzedOperation, inputs: number, seed: number): Promise<void> {
    this.#world.material = await newMaterial(this.#world, (this.#turn += 1));
    let left = SHRINK_RUNS_MAX + inputs;
    const property = fc.asyncProperty(badRequests(operation, Object.keys(this.#world.wrongBearers)), async (faults) => {
      if ((left -= 1) < 0) return;
      const { findings } = await this.#try(operation, faults);
      if (findings.length > 0) throw new Error(findings.map(({ what }) => what).join('; '));
    });
    const { failed, counterexample, errorInstance } = await fc.check(property, { numRuns: inputs, seed });
    if (failed) this.#failures.push({ operation: operation.id, seed, what: `smallest: ${(errorInstance as Error | null)?.message ?? ''}`, faults: counterexample![0] });
  }

  async #fuzzRaw(inputs: number): Promise<void> {
    const all = fc.sample(rawRequests, { numRuns: inputs, seed: this.#seed });
    for (let at = 0; at < all.length; at += RAW_AT_ONCE) await Promise.all(all.slice(at, at + RAW_AT_ONCE).map((bytes) => this.#tryRaw(bytes)));
  }

  async #tryRaw(bytes: string): Promise<void> {
    this.#counts.inputs += 1;
    this.#turn += 1;
    const wrong = (await rawFinding(this.#world.app.url, bytes, this.#turn)) ?? ((await fetch(`${this.#world.app.url}/health`)).ok ? null : 'the process is not well after it');
    if (wrong === null) return;
    this.#counts.serverErrors += 1;
    this.#failures.push({ operation: 'raw bytes', seed: this.#seed, what: wrong, faults: bytes });
  }
}
