import type { Knex } from 'knex';

/**
 * The books are told of names, which are sealed wherever they lie (decision 0029). And the profile says the fee tier: core answers it in processes
 * that have no venue, so the tier is copied to where core reads it, in the transaction that changes it and whoever does, a node of the version before
 * included.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What of the payload says who somebody is. Delivered as a part of it.
    alter table jobs.outbox add column personal_sealed text;

    grant select (fee_tier), update (fee_tier) on auth.users to writer;
    create function trading.copy_tier() returns trigger language plpgsql as $$
      begin
        update auth.users set fee_tier = new.tier where id = new.user_id and fee_tier <> new.tier;
        return null;
      end $$;
    create trigger fee_tiers_added_copy after insert on trading.fee_tiers for each row execute function trading.copy_tier();
    create trigger fee_tiers_changed_copy after update of tier on trading.fee_tiers for each row when (new.tier <> old.tier) execute function trading.copy_tier();

    -- Else the owner sees no row of it. Nobody else sees the table in between.
    alter table trading.fee_tiers no force row level security;
    update auth.users u set fee_tier = t.tier from trading.fee_tiers t where t.user_id = u.id and u.fee_tier <> t.tier;
    alter table trading.fee_tiers force row level security;
  `);
}

/** Names that were not yet delivered are lost on the way back: without the key nobody can write them down. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger fee_tiers_changed_copy on trading.fee_tiers;
    drop trigger fee_tiers_added_copy on trading.fee_tiers;
    drop function trading.copy_tier;
    revoke select (fee_tier), update (fee_tier) on auth.users from writer;
    alter table jobs.outbox drop column personal_sealed;
  `);
}
