import type { Sql } from './connection.ts';

/** Is every migration this version brings applied? @returns what is missing, or `null` */
export async function missingMigration(sql: Sql, names: readonly string[]): Promise<string | null> {
  const { rows } = (await sql.raw('select name from public.schema_migrations')) as { rows: { name: string }[] };
  const applied = new Set(rows.map(({ name }) => name));
  const missing = names.find((name) => !applied.has(name));
  return missing === undefined ? null : `The database lacks migration ${missing}.`;
}

