import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { MAIL_TEMPLATES } from '../domain/mail-words.ts';
import { RISK_KINDS, SEVERITIES, TOLD_KINDS } from '../domain/risk/finding.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly observeRequest: (method: string, path: string, status: number, milliseconds: number) => void;
  readonly observeBatch: (name: string, rows: number, milliseconds: number) => void;
  readonly tokensRefused: (code: string) => void;
  readonly jobRan: (name: string, ok: boolean) => void;
  readonly engineEpoch: Gauge;
  /** Alarm when it is not 0: rows go to the default partition, and their own can then no longer be made. */
  readonly partitionsMissing: (schema: string, partitions: number) => void;
  readonly defaultPartitionBytes: (table: string, bytes: number) => void;
  readonly databaseClockAhead: (seconds: number) => void;
  readonly riskEvent: (kind: string, severity: string) => void;
  readonly mail: (template: string, outcome: string) => void;
  readonly mailsStand: (standing: { readonly waitingSeconds: number; readonly parked: number }) => void;
  /** Entries of the audit log that are not in its chain. */
  readonly auditWaits: (waiting: { readonly entries: number; readonly seconds: number }) => void;
  /** Trade tokens that the audit log does not tell of yet. */
  readonly ledgerUnrecorded: (seconds: number) => void;
  /** Only where Redis is configured: without it there is nothing to miss. */
  readonly redisAvailable: (available: boolean) => void;
}

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

export function createMetrics(processMetrics: boolean): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer, by route as the contract writes it',
    labelNames: ['method', 'path', 'status'],
    buckets: REQUEST_SECONDS,
    registers: [registry],
  });
  const batchRows = new Histogram({ name: 'group_commit_rows', help: 'Rows per committed batch', labelNames: ['name'], buckets: [1, 4, 16, 64, 256, 1024], registers: [registry] });
  const batchSeconds = new Histogram({ name: 'group_commit_duration_seconds', help: 'Time of one batch commit', labelNames: ['name'], buckets: REQUEST_SECONDS, registers: [registry] });
  const refused = new Counter({ name: 'trade_tokens_refused_total', help: 'Token requests refused, by code', labelNames: ['code'], registers: [registry] });
  const jobs = new Counter({ name: 'job_runs_total', help: 'Scheduled jobs', labelNames: ['name', 'outcome'], registers: [registry] });
  const engineEpoch = new Gauge({ name: 'engine_epoch', help: 'Epoch of the engine lease this node holds, 0 when it holds none', registers: [registry] });
  const missing = new Gauge({ name: 'partitions_missing', help: 'Partitions ahead that could not be made', labelNames: ['schema'], registers: [registry] });
  const defaults = new Gauge({ name: 'default_partition_bytes', help: 'Size of the partition for rows that have none of their own; 0 when all is well', labelNames: ['table'], registers: [registry] });
  const clockAhead = new Gauge({ name: 'database_clock_ahead_seconds', help: 'How far the clock of the database is ahead of this node’s', registers: [registry] });

  const riskEvents = new Counter({ name: 'risk_events_total', help: 'Risk events that are new, or worse than they were', labelNames: ['kind', 'severity'], registers: [registry] });
  // A counter that begins with its first event shows no increase then, and its alert would sleep through it.
  for (const kind of [...RISK_KINDS, ...TOLD_KINDS]) for (const severity of SEVERITIES) riskEvents.labels(kind, severity).inc(0);

  const mails = new Counter({ name: 'mails_total', help: 'What became of mails, per attempt', labelNames: ['template', 'outcome'], registers: [registry] });
  const mailsWaiting = new Gauge({ name: 'mails_waiting_seconds', help: 'Age of the oldest mail that has not left; 0 when none waits', registers: [registry] });
  const mailsParked = new Gauge({ name: 'mails_parked', help: 'Mails that nobody tries again by themselves', registers: [registry] });
  for (const template of MAIL_TEMPLATES) for (const outcome of ['refused', 'given_up']) mails.labels(template, outcome).inc(0);

  const auditEntries = new Gauge({ name: 'audit_waiting_entries', help: 'Entries of the audit log that wait for the chain', registers: [registry] });
  const auditSeconds = new Gauge({ name: 'audit_waiting_seconds', help: 'Age of the oldest of them; 0 when none waits', registers: [registry] });
  const unrecorded = new Gauge({ name: 'audit_ledger_unrecorded_seconds', help: 'Age of the oldest trade token that the audit log does not tell of; a minute and a bit is usual, 0 when there is none', registers: [registry] });

  let redis: Gauge | undefined;

  // Looking a label set up hashes its values; holding on to the child does it once per (method, path, status).
  const children = new Map<string, { observe: (seconds: number) => void }>();
  return {
    registry,
    engineEpoch,
    partitionsMissing: (schema, partitions) => missing.labels(schema).set(partitions),
    defaultPartitionBytes: (table, bytes) => defaults.labels(table).set(bytes),
    databaseClockAhead: (seconds) => clockAhead.set(seconds),
    riskEvent: (kind, severity) => riskEvents.labels(kind, severity).inc(),
    mail: (template, outcome) => mails.labels(template, outcome).inc(),
    mailsStand: ({ waitingSeconds, parked }) => {
      mailsWaiting.set(waitingSeconds);
      mailsParked.set(parked);
    },
    auditWaits: ({ entries, seconds }) => {
      auditEntries.set(entries);
      auditSeconds.set(seconds);
    },
    ledgerUnrecorded: (seconds) => unrecorded.set(seconds),
    redisAvailable: (available) => {
      redis ??= new Gauge({ name: 'redis_available', help: '1 while nodes share limits through Redis, 0 while this node counts for itself', registers: [registry] });
      redis.set(available ? 1 : 0);
    },
    observeRequest: (method, path, status, milliseconds) => {
      const key = `${method} ${path} ${status}`;
      let child = children.get(key);
      if (!child) children.set(key, (child = requests.labels(method, path, String(status))));
      child.observe(milliseconds / 1000);
    },
    observeBatch: (name, rows, milliseconds) => {
      batchRows.labels(name).observe(rows);
      batchSeconds.labels(name).observe(milliseconds / 1000);
    },
    tokensRefused: (code) => refused.labels(code).inc(),
    jobRan: (name, ok) => jobs.labels(name, ok ? 'ok' : 'failed').inc(),
  };
}
