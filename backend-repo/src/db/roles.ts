import { createHmac } from 'node:crypto';
import pg from 'pg';

/**
 * The two logins of design 5.12: the owner migrates, the app works. `writer` is no login but a role the app may take, for the
 * connections that append to the ledger and settle the venue.
 */
export function appUrl(ownerUrl: string, given: string | undefined, encryptionKey: string): string {
  if (given) return given;
  const url = new URL(ownerUrl);
  url.username = 'app';
  // Derived, so that every node finds the same password without a place to keep it.
  url.password = createHmac('sha256', encryptionKey).update(`database login app ${url.pathname}`).digest('base64url');
  return url.href;
}

/** Safe to run again and from several nodes at once: an advisory lock makes the second wait and find everything done. */
export async function ensureRoles(ownerUrl: string, app: string): Promise<void> {
  const { username, password, pathname } = new URL(app);
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtext('platform roles'))`);
    await ensureRole(client, 'writer', 'nologin');
    await ensureRole(client, decodeURIComponent(username), 'login', decodeURIComponent(password));
    const quoted = client.escapeIdentifier(decodeURIComponent(username));
    await client.query(`grant writer to ${quoted} with inherit false, set true`);
    await client.query(`grant connect on database ${client.escapeIdentifier(decodeURIComponent(pathname.slice(1)))} to ${quoted}`);
    if (decodeURIComponent(username) !== 'app') {
      await ensureRole(client, 'app', 'nologin');
      await client.query(`grant app to ${quoted} with inherit true`);
    }
    await client.query('commit');
  } finally {
    await client.end();
  }
}

async function ensureRole(client: pg.Client, role: string, kind: 'login' | 'nologin', password?: string): Promise<void> {
  const name = client.escapeIdentifier(role);
  const found = await client.query('select 1 from pg_roles where rolname = $1', [role]);
  if (found.rowCount === 0) await client.query(`create role ${name} ${kind} nosuperuser nobypassrls nocreatedb nocreaterole`);
  if (password) await client.query(`alter role ${name} password ${client.escapeLiteral(password)}`);
}
