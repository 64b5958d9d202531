import { createHmac } from 'node:crypto';
import pg from 'pg';

/**
 * The two logins of design 5.12: the owner migrates, the app works. `writer` is no login but a role the app may take, for the
 * connections that append to the ledger and settle the venue; `auditor` another, for those that read the audit log and append to its chain.
 * `backup` is one the owner may take, to read every row and write none.
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
  await lockingRoles(ownerUrl, async (client) => {
    await ensureGroups(client);
    await ensureRole(client, decodeURIComponent(username), 'login', decodeURIComponent(password));
    const quoted = client.escapeIdentifier(decodeURIComponent(username));
    await client.query(`grant writer, auditor to ${quoted} with inherit false, set true`);
    await client.query(`grant connect on database ${client.escapeIdentifier(decodeURIComponent(pathname.slice(1)))} to ${quoted}`);
    if (decodeURIComponent(username) !== 'app') {
      await ensureRole(client, 'app', 'nologin');
      await client.query(`grant app to ${quoted} with inherit true`);
    }
  });
}

/**
 * What migrations grant rights to, and nothing that a running service would notice: roles belong to the whole server, so a restore beside
 * a service at work must leave its login and password alone.
 */
export async function ensureRolesWithoutLogin(ownerUrl: string): Promise<void> {
  await lockingRoles(ownerUrl, async (client) => {
    await ensureGroups(client);
    await ensureRole(client, 'app', 'nologin');
  });
}

async function lockingRoles(ownerUrl: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtext('platform roles'))`);
    await work(client);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

async function ensureGroups(client: pg.Client): Promise<void> {
  await ensureRole(client, 'writer', 'nologin');
  await ensureRole(client, 'auditor', 'nologin');
  await ensureRole(client, 'backup', 'nologin');
  const { rows } = await client.query<{ may: boolean }>(`select pg_has_role(current_user, 'backup', 'set') as may`);
  if (!rows[0]!.may) await client.query('grant backup to current_user with inherit false, set true');
}

async function ensureRole(client: pg.Client, role: string, kind: 'login' | 'nologin', password?: string): Promise<void> {
  const name = client.escapeIdentifier(role);
  const { rows } = await client.query<{ rolcanlogin: boolean }>('select rolcanlogin from pg_roles where rolname = $1', [role]);
  if (!rows[0]) await client.query(`create role ${name} ${kind} nosuperuser nobypassrls nocreatedb nocreaterole`);
  // A restore made it, before any service had said how it signs in.
  else if (kind === 'login' && !rows[0].rolcanlogin) await client.query(`alter role ${name} login`);
  if (password) await client.query(`alter role ${name} password ${client.escapeLiteral(password)}`);
}
