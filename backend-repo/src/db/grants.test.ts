import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { cloneDatabase, type TestDatabase } from '../testing/postgres.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await cloneDatabase();
  client = new pg.Client({ connectionString: database.superUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/**
 * A line per role and table, and one per right on some of its columns only, which information_schema.table_privileges does not show. The owner is left
 * out, and so is `backup`, which reads everything (backup/backup-role.test.ts).
 */
async function grants(): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `with rights as (
       select acl.grantee, tables.oid, false as some_columns, string_agg(acl.privilege_type, ', ' order by acl.privilege_type) as rights
       from pg_class tables, aclexplode(tables.relacl) acl group by acl.grantee, tables.oid
       union all
       select acl.grantee, columns.attrelid, true, acl.privilege_type || ' of ' || string_agg(columns.attname, ', ' order by columns.attname)
       from pg_attribute columns, aclexplode(columns.attacl) acl group by acl.grantee, columns.attrelid, acl.privilege_type
     )
     select coalesce(rolname, 'everybody') || ' ' || nspname || '.' || relname || ': ' || rights as line
     from rights join pg_class tables on tables.oid = rights.oid join pg_namespace schemas on schemas.oid = relnamespace left join pg_roles roles on roles.oid = grantee
     where nspname not in ('pg_catalog', 'information_schema') and grantee <> relowner and (rolname is distinct from 'backup' or rights <> 'SELECT')
     order by coalesce(rolname, 'everybody'), nspname, relname, some_columns, rights`,
  );
  return rows.map(({ line }) => line);
}

/** Every right on a table that is not its owner's. A migration that widens them must change this list, and be asked why. */
const GRANTS = [
  'app audit.entries: INSERT',
  'app auth.api_keys: INSERT of created_at, expires_at, id, ip_allow_list, name, require_version_2, scopes, secret_sealed, user_id',
  'app auth.api_keys: SELECT of created_at, expires_at, id, ip_allow_list, last_used_at, name, require_version_2, revoked_at, scopes, user_id',
  'app auth.api_keys: UPDATE of revoked_at, secret_sealed',
  'app auth.backup_codes: INSERT, SELECT',
  'app auth.backup_codes: UPDATE of used_at',
  'app auth.blocked_addresses: DELETE, INSERT, SELECT, UPDATE',
  'app auth.devices: DELETE, INSERT, SELECT',
  'app auth.devices: UPDATE of confirmed_at, country, ip, last_seen_at, link_expires_at, link_hash, name',
  'app auth.kyc_submissions: INSERT of details_sealed, id, submitted_at, user_id',
  'app auth.kyc_submissions: SELECT of decided_at, id, reason, status, submitted_at, user_id',
  'app auth.login_failures: DELETE, INSERT, SELECT',
  'app auth.login_locks: DELETE, INSERT, SELECT, UPDATE',
  'app auth.mail_tokens: DELETE, INSERT, SELECT',
  'app auth.mail_tokens: UPDATE of used_at',
  'app auth.refresh_tokens: INSERT, SELECT',
  'app auth.refresh_tokens: UPDATE of child_sealed, used_at',
  'app auth.second_factors: DELETE, INSERT, SELECT',
  'app auth.second_factors: UPDATE of failures, last_step, locked_until, pending_until, secret_sealed, state, turned_on_at',
  'app auth.sessions: DELETE, INSERT, SELECT',
  'app auth.sessions: UPDATE of device_hash, end_reason, ended_at, ip, last_used_at, name, second_factor_at, user_agent',
  'app auth.signing_keys: INSERT, SELECT',
  'app auth.signing_keys: UPDATE of activates_at, retires_at, state',
  'app auth.spent_challenges: DELETE, INSERT, SELECT',
  'app auth.users: INSERT, SELECT',
  'app auth.users: UPDATE of avatar_url, credentials_changed_at, email_verified_at, first_device_at, full_name, full_name_sealed, password_hash, reverified_at, reverify_cause, reverify_since, timezone, updated_at, username',
  'app jobs.mails: DELETE, SELECT',
  'app jobs.mails: INSERT of created_at, mail_id, sealed, template',
  'app jobs.mails: UPDATE of attempts, last_error, next_attempt_at, parked_at, sealed, sent_at',
  'app jobs.outbox: INSERT, SELECT',
  'app jobs.outbox: UPDATE of attempts, delivered_at, last_error, next_attempt_at, parked_at',
  'app public.schema_migrations: SELECT',
  'app trading.balances: SELECT',
  'app trading.daily_volumes: SELECT',
  'app trading.deposits: SELECT',
  'app trading.deposits: INSERT of amount, asset, created_at, fingerprint, id, idempotency_key, updated_at, user_id',
  'app trading.engine_lease: SELECT',
  'app trading.execution_reports: SELECT',
  'app trading.fee_tiers: SELECT',
  'app trading.journal: SELECT',
  'app trading.markets: SELECT',
  'app trading.order_keys: SELECT',
  'app trading.orders: SELECT',
  'app trading.risk_events: SELECT',
  'app trading.risk_events: UPDATE of decided_at, decided_by, note, resolved, updated_at',
  'app trading.trades: SELECT',
  'app trading.volume_progress: SELECT',
  'app trading.withdrawals: SELECT',
  'app trading.withdrawals: INSERT of address, amount, asset, created_at, fingerprint, id, idempotency_key, updated_at, user_id, worth_usdt',
  'app widget.exchange_credentials: INSERT, SELECT',
  'app widget.exchange_credentials: UPDATE of retired_at, retires_at, state',
  'app widget.exchange_keys: INSERT, SELECT',
  'app widget.exchange_keys: UPDATE of activates_at, overlap_seconds, retired_at, retires_at, retiring_at, state',
  'app widget.exchanges: INSERT, SELECT',
  'app widget.exchanges: UPDATE of allowed_origins, endpoints, features, fee_schedule, identity_mode, label_tokens_per_day, limit_tier, locale, name, status, symbols, theme, trader_fee, updated_at, version',
  'app widget.executions: SELECT',
  'app widget.fee_schedules: SELECT',
  'app widget.redemptions: SELECT',
  'app widget.report_evidence: SELECT',
  'app widget.report_evidence_links: SELECT',
  'app widget.report_keys: INSERT, SELECT',
  'app widget.report_keys: UPDATE of retired_at, state',
  'app widget.trade_tokens: SELECT',
  'auditor audit.chain: INSERT, SELECT',
  'auditor audit.checkpoint_keys: INSERT, SELECT',
  'auditor audit.checkpoints: INSERT, SELECT',
  'auditor audit.entries: SELECT',
  'auditor audit.salts: INSERT, SELECT',
  'auditor audit.waiting: DELETE, SELECT',
  'writer audit.entries: INSERT',
  'writer audit.ledger_marks: SELECT, UPDATE',
  'writer auth.api_key_calls: DELETE, INSERT, SELECT',
  'writer auth.api_keys: SELECT',
  'writer auth.api_keys: UPDATE of last_used_at',
  'writer auth.kyc_submissions: SELECT',
  'writer auth.kyc_submissions: UPDATE of decided_at, decided_by, reason, status',
  'writer auth.users: SELECT of fee_tier, id, kyc_status, reverified_at, reverify_since, role',
  'writer auth.users: UPDATE of fee_tier, kyc_status, updated_at',
  'writer jobs.mails: INSERT of created_at, mail_id, sealed, template',
  'writer jobs.outbox: INSERT, SELECT',
  'writer jobs.outbox: UPDATE of attempts, delivered_at, last_error, next_attempt_at, parked_at',
  'writer trading.balances: INSERT, SELECT',
  'writer trading.balances: UPDATE of available, locked, updated_at',
  'writer trading.candle_progress: SELECT, UPDATE',
  'writer trading.candles: INSERT, SELECT, UPDATE',
  'writer trading.daily_volumes: DELETE, INSERT, SELECT',
  'writer trading.daily_volumes: UPDATE of volume',
  'writer trading.deposits: SELECT',
  'writer trading.deposits: UPDATE of reason, status, updated_at',
  'writer trading.engine_lease: SELECT, UPDATE',
  'writer trading.engine_state: SELECT, UPDATE',
  'writer trading.execution_reports: DELETE, INSERT, SELECT, UPDATE',
  'writer trading.fee_rates: INSERT, SELECT, UPDATE',
  'writer trading.fee_tiers: INSERT, SELECT',
  'writer trading.fee_tiers: UPDATE of applied_tier, pinned, tier, updated_at',
  'writer trading.fundings: INSERT, SELECT',
  'writer trading.journal: INSERT, SELECT',
  'writer trading.markets: INSERT, SELECT',
  'writer trading.markets: UPDATE of breaker_price, breaker_since, halt_reason, halted_at, last_price, sequence, status, status_since',
  'writer trading.order_keys: DELETE, INSERT, SELECT',
  'writer trading.orders: INSERT, SELECT',
  'writer trading.orders: UPDATE of displayed_quantity, fee, filled_notional, filled_quantity, price, priority, quantity, reason, status, stop_limit_price, stop_price, triggered_at, updated_at',
  'writer trading.reopenings: INSERT, SELECT',
  'writer trading.risk_alerts: INSERT, SELECT',
  'writer trading.risk_alerts: UPDATE of told_at',
  'writer trading.risk_events: INSERT, SELECT',
  'writer trading.risk_events: UPDATE of alert_due_at, description, metadata, resolved, severity, updated_at',
  'writer trading.trades: INSERT, SELECT',
  'writer trading.volume_progress: SELECT',
  'writer trading.volume_progress: UPDATE of last_trade_id, tiers_at',
  'writer trading.widget_users: INSERT, SELECT',
  'writer trading.withdrawal_approvals: INSERT, SELECT',
  'writer trading.withdrawals: SELECT',
  'writer trading.withdrawals: UPDATE of approvals_needed, confirm_token_hash, confirm_until, custody_asked_at, custody_since, funds, reason, reference, refusal, status, updated_at',
  'writer widget.exchange_keys: SELECT of exchange_id, kid, state',
  'writer widget.exchanges: SELECT of exchange_id, fee_schedule, status',
  'writer widget.executions: INSERT, SELECT',
  'writer widget.fee_schedules: SELECT',
  'writer widget.redemptions: INSERT, SELECT',
  'writer widget.report_evidence: INSERT',
  'writer widget.report_evidence_links: INSERT, SELECT',
  'writer widget.token_keys: DELETE, INSERT, SELECT',
  'writer widget.trade_tokens: INSERT, SELECT',
  'writer widget.user_token_uses: DELETE, INSERT, SELECT',
];

test('app, writer and auditor hold these rights on these tables and columns, and nobody holds another', async () => {
  expect(await grants()).toEqual(GRANTS);
});

test('a right on a column more is seen, in every schema and whoever gets it', async () => {
  await client.query(`begin;
    grant update (jti, price) on widget.trade_tokens to app, writer;
    grant select (password_hash) on auth.users to writer;
    grant update (last_error) on jobs.mails to public;
    grant insert (id) on trading.trades_default to app`);
  const widened = await grants();
  await client.query('rollback');
  expect(widened.filter((line) => !GRANTS.includes(line))).toEqual([
    'app trading.trades_default: INSERT of id',
    'app widget.trade_tokens: UPDATE of jti, price',
    'everybody jobs.mails: UPDATE of last_error',
    'writer auth.users: SELECT of fee_tier, id, kyc_status, password_hash, reverified_at, reverify_since, role',
    'writer widget.trade_tokens: UPDATE of jti, price',
  ]);
});

test('a table of users or partners that app reads is guarded by row-level security, or decision 0020 says why not', async () => {
  const { rows } = await client.query<{ table: string }>(
    `select distinct attrelid::regclass::text as table from pg_attribute join pg_class tables on tables.oid = attrelid
     where attname in ('user_id', 'buyer_id', 'debit_account', 'session_id', 'exchange_id', 'exchange_user_id') and relkind in ('r', 'p') and not relispartition
       and not (relrowsecurity and relforcerowsecurity) and has_any_column_privilege('app', attrelid, 'select') order by 1`,
  );
  const unguarded = rows.map(({ table }) => table);
  expect(unguarded).toEqual([
    'auth.devices',
    'auth.mail_tokens',
    'auth.refresh_tokens',
    'auth.sessions',
    'widget.exchange_credentials',
    'widget.exchange_keys',
    'widget.exchanges',
    'widget.report_keys',
  ]);
  const decision = await readFile(new URL('../../../docs/decisions/0020-sessions-end-at-once.md', import.meta.url), 'utf8');
  expect(unguarded.filter((table) => !decision.includes(`\`${table}\``))).toEqual([]);
});
