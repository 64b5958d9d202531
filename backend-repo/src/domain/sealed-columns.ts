/** Every column that holds something sealed (decision 0029), so that what lies under an old master key can be found and sealed anew. */
export interface SealedColumn {
  readonly table: string;
  /** The table's one key. */
  readonly key: string;
  readonly column: string;
  /** Other columns that the context is made of. */
  readonly with: readonly string[];
  /** What it was sealed for: must be what the feature seals with, or nothing opens. */
  readonly context: (key: string, others: readonly string[]) => readonly string[];
}

export const fullNameContext = (userId: number | string): readonly string[] => ['full-name', String(userId)];
export const outboxContext = (eventId: string): readonly string[] => ['outbox', eventId];

const byKey = (what: string) => (key: string) => [what, key];
/** As Postgres writes bytea. */
const bytesOf = (text: string): string => Buffer.from(text.slice(2), 'hex').toString('base64url');

export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'auth.users', key: 'id', column: 'full_name_sealed', with: [], context: (id) => fullNameContext(id) },
  { table: 'auth.signing_keys', key: 'kid', column: 'private_key_sealed', with: [], context: byKey('access-token-key') },
  { table: 'auth.sessions', key: 'session_id', column: 'signing_key_sealed', with: [], context: byKey('session-signing-key') },
  { table: 'auth.refresh_tokens', key: 'token_hash', column: 'child_sealed', with: ['session_id'], context: (hash, [sessionId]) => ['refresh-token', sessionId!, bytesOf(hash)] },
  { table: 'auth.second_factors', key: 'user_id', column: 'secret_sealed', with: [], context: byKey('second-factor') },
  { table: 'auth.api_keys', key: 'id', column: 'secret_sealed', with: ['user_id'], context: (id, [userId]) => ['api-key-secret', id, userId!] },
  { table: 'auth.kyc_submissions', key: 'id', column: 'details_sealed', with: ['user_id'], context: (id, [userId]) => ['kyc', id, userId!] },
  { table: 'audit.checkpoint_keys', key: 'key_id', column: 'private_key_sealed', with: [], context: byKey('audit-checkpoint-key') },
  { table: 'jobs.mails', key: 'mail_id', column: 'sealed', with: [], context: byKey('mail') },
  { table: 'jobs.outbox', key: 'event_id', column: 'personal_sealed', with: [], context: outboxContext },
  { table: 'widget.exchange_keys', key: 'kid', column: 'secret_sealed', with: [], context: byKey('trade-token-key') },
  { table: 'widget.exchange_credentials', key: 'api_key', column: 'api_secret_sealed', with: [], context: byKey('api-secret') },
  { table: 'widget.exchange_credentials', key: 'api_key', column: 'session_secret_sealed', with: [], context: byKey('session-secret') },
];
