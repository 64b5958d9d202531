import type { Sql } from './connection.ts';

/** Makes the partitions of the months or ranges to come; returns how many are still missing. The functions are the migrations'. */
export async function ensureLedgerPartitions(sql: Sql, now: number, monthsAhead: number): Promise<number> {
  return missingOf(await sql.raw('select widget.ensure_partitions(to_timestamp(? / 1000.0), ?) as missing', [now, monthsAhead]));
}

export async function ensureVenuePartitions(sql: Sql, rangesAhead: number): Promise<number> {
  return missingOf(await sql.raw('select trading.ensure_partitions(?) as missing', [rangesAhead]));
}

const missingOf = (result: unknown): number => (result as { rows: { missing: number }[] }).rows[0]!.missing;
