import type { Knex } from 'knex';

/**
 * What a user asks for begins at its beginning: role app may not say how far a deposit or a withdrawal has come, where its money is or what staff
 * said of it. And nobody asks for partitions without end.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    revoke insert on trading.deposits, trading.withdrawals from app;
    grant insert (id, user_id, asset, amount, idempotency_key, fingerprint, created_at, updated_at) on trading.deposits to app;
    grant insert (id, user_id, asset, amount, address, idempotency_key, fingerprint, created_at, updated_at) on trading.withdrawals to app;
  `);
  await createPartitionFunction(knex, `if ahead is null or ahead not between 0 and 10 then raise exception 'ahead must be from 0 to 10'; end if;`);
}

/** As in create_orders_and_trades, where it says why it is so, but for the check. */
async function createPartitionFunction(knex: Knex, check: string): Promise<void> {
  await knex.raw(`
    create or replace function trading.ensure_partitions(ahead integer) returns integer
    language plpgsql security definer set search_path = pg_catalog set lock_timeout = '500ms' as $$
      declare
        size constant bigint := 10000000;
        missing integer := 0;
        parent text;
        last_id bigint;
        number bigint;
        child text;
        blocked boolean;
      begin
        ${check}
        perform pg_advisory_xact_lock(hashtext('trading.ensure_partitions'));
        for parent, last_id in
          select 'orders', last_order_id from trading.engine_state union all select 'trades', last_trade_id from trading.engine_state
        loop
          blocked := false;
          for step in 0..ahead loop
            number := last_id / size + step;
            child := parent || '_' || lpad(number::text, 5, '0');
            if to_regclass('trading.' || child) is null then
              begin
                -- A reader that stands in one range's way stands in the way of all ranges of its table.
                if blocked then raise lock_not_available; end if;
                execute format('create table trading.%I partition of trading.%I for values from (%s) to (%s)', child, parent, number * size, (number + 1) * size);
              exception when others then
                raise warning 'partition trading.% was not made: %', child, sqlerrm;
                blocked := sqlstate = '55P03';
                missing := missing + 1;
              end;
            end if;
          end loop;
        end loop;
        return missing;
      end $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await createPartitionFunction(knex, '');
  await knex.raw(`
    revoke insert (id, user_id, asset, amount, idempotency_key, fingerprint, created_at, updated_at) on trading.deposits from app;
    revoke insert (id, user_id, asset, amount, address, idempotency_key, fingerprint, created_at, updated_at) on trading.withdrawals from app;
    grant insert on trading.deposits, trading.withdrawals to app;
  `);
}
