import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { lineOf } from '../../domain/login-backoff.ts';

/** Something that happens too often for an entry each. */
export interface Occurrence {
  readonly actor: Pick<Actor, 'kind' | 'id'>;
  readonly action: string;
  readonly subject: AuditEntry['subject'];
  readonly ip: string;
  /** What it was, in a word; each is counted. */
  readonly what: string;
  /** Each address has an entry of its own, whoever it is; of IPv6 each /64, which is one line's. */
  readonly byAddress?: boolean;
}

export interface AuditTallyDeps {
  /** All of them, or none. */
  readonly write: (entries: readonly AuditEntry[]) => Promise<void>;
  readonly now: () => number;
}

interface Line {
  readonly occurrence: Occurrence;
  readonly from: number;
  to: number;
  count: number;
  readonly what: Map<string, number>;
  readonly addresses: Set<string>;
}

export const LINES_MAX = 10_000;
const NAMES_MAX = 20;
const OVERFLOW = { actor: { kind: 'system', id: 'audit' }, subject: { kind: 'audit_log', id: 'overflow' }, ip: '' } as const;

/**
 * Counts in memory, off the way of the requests, and writes one entry per line when it is told to. A crash loses what was not written yet; a database
 * that is away loses nothing until there are `LINES_MAX` lines, and then only who it was: what finds no room is counted in one line together.
 */
export class AuditTally {
  readonly #deps: AuditTallyDeps;
  #lines = new Map<string, Line>();
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: AuditTallyDeps) {
    this.#deps = deps;
  }

  note(occurrence: Occurrence): void {
    const at = this.#deps.now();
    const line = this.#lineOf(occurrence, at);
    line.to = at;
    line.count += 1;
    count(line.what, occurrence.what, 1);
    addAddress(line.addresses, occurrence.ip);
  }

  /** Writes what was counted so far. What cannot be written is kept for the next time. */
  flush(): Promise<void> {
    const turn = this.#writing.then(() => this.#flush());
    this.#writing = turn.catch(() => undefined);
    return turn;
  }

  async #flush(): Promise<void> {
    if (this.#lines.size === 0) return;
    const lines = this.#lines;
    this.#lines = new Map();
    try {
      await this.#deps.write([...lines.values()].map(entryOf));
    } catch (error) {
      const since = this.#lines;
      this.#lines = lines;
      for (const line of since.values()) this.#add(line);
      throw error;
    }
  }

  #add(newer: Line): void {
    const line = this.#lineOf(newer.occurrence, newer.from);
    line.to = newer.to;
    line.count += newer.count;
    for (const [name, times] of newer.what) count(line.what, name, times);
    for (const address of newer.addresses) addAddress(line.addresses, address);
  }

  #lineOf(occurrence: Occurrence, at: number): Line {
    const known = this.#lines.get(nameOf(occurrence));
    if (known) return known;
    if (this.#lines.size < LINES_MAX) return this.#newLine(occurrence, at);
    const together = { ...occurrence, ...OVERFLOW, byAddress: false };
    return this.#lines.get(nameOf(together)) ?? this.#newLine(together, at);
  }

  #newLine(occurrence: Occurrence, at: number): Line {
    const line: Line = { occurrence, from: at, to: at, count: 0, what: new Map(), addresses: new Set() };
    this.#lines.set(nameOf(occurrence), line);
    return line;
  }
}

const nameOf = ({ actor, action, subject, ip, byAddress }: Occurrence): string => `${action} ${actor.kind}:${actor.id} ${subject.kind}:${subject.id} ${byAddress ? lineOf(ip) : ''}`;

function count(what: Map<string, number>, name: string, times: number): void {
  const key = what.has(name) || what.size < NAMES_MAX ? name : 'other';
  what.set(key, (what.get(key) ?? 0) + times);
}

function addAddress(addresses: Set<string>, address: string): void {
  if (address !== '' && addresses.size < NAMES_MAX) addresses.add(address);
}

function entryOf({ occurrence: { actor, action, subject }, from, to, count: times, what, addresses }: Line): AuditEntry {
  const [ip, ...more] = addresses;
  const after = { count: times, from: new Date(from).toISOString(), to: new Date(to).toISOString(), what: Object.fromEntries(what), ...(more.length > 0 && { ip_address: [ip, ...more] }) };
  return { actor: { ...actor, ip }, action, subject, after };
}
