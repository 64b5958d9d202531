import type { Knex } from 'knex';

/**
 * The audit log as a chain of hashes (design 5.13, decision 0018). `audit.entries` stays as it is; each new row is noted in `audit.waiting`
 * by a trigger, so that nobody who may write an entry can keep it out of the chain. Role `auditor` takes what waits, appends it to
 * `audit.chain`, and signs checkpoints. What is in the chain is never changed and never leaves it: no role of the service may.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table audit.waiting (
      entry_id uuid constraint waiting_pkey primary key
    );

    create table audit.chain (
      seq bigint constraint chain_pkey primary key constraint chain_seq_check check (seq > 0),
      entry_id uuid not null constraint chain_entry_id_key unique constraint chain_entry_id_fkey references audit.entries (entry_id),
      -- Which rules made the row's bytes: domain/audit-chain.ts.
      encoding smallint not null,
      prev bytea not null constraint chain_prev_check check (octet_length(prev) = 32),
      hash bytea not null constraint chain_hash_check check (octet_length(hash) = 32)
    );

    -- The chain holds a person's data only as a commitment under their salt: without the salt nobody can try values against it.
    create table audit.salts (
      person text constraint salts_pkey primary key,
      salt bytea not null constraint salts_salt_check check (octet_length(salt) = 32)
    );

    create table audit.checkpoint_keys (
      key_id text constraint checkpoint_keys_pkey primary key,
      private_key_sealed text not null,
      public_key text not null,
      created_at timestamptz not null
    );

    create table audit.checkpoints (
      number bigint constraint checkpoints_pkey primary key constraint checkpoints_number_check check (number > 0),
      first_seq bigint not null,
      last_seq bigint not null constraint checkpoints_last_seq_key unique constraint checkpoints_last_seq_check check (last_seq between first_seq and first_seq + 999),
      root bytea not null,
      last_hash bytea not null,
      previous bytea,
      at timestamptz not null,
      key_id text not null constraint checkpoints_key_id_fkey references audit.checkpoint_keys (key_id),
      signature bytea not null,
      -- The hashes of its rows, 32 bytes each: they name the very row that differs.
      leaves bytea not null constraint checkpoints_leaves_check check (octet_length(leaves) = 32 * (last_seq - first_seq + 1))
    );

    create index entries_action on audit.entries (action, entry_id desc);
    create index entries_at on audit.entries (at);

    insert into audit.waiting (entry_id) select entry_id from audit.entries;
    create function audit.note_entry() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
      begin
        insert into audit.waiting (entry_id) values (new.entry_id);
        return null;
      end $$;
    revoke execute on function audit.note_entry() from public;
    create trigger trg_entries_wait after insert on audit.entries for each row execute function audit.note_entry();

    grant usage on schema audit to auditor;
    grant select on audit.entries to auditor;
    grant select, delete on audit.waiting to auditor;
    grant select, insert on audit.chain, audit.salts, audit.checkpoint_keys, audit.checkpoints to auditor;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger trg_entries_wait on audit.entries;
    drop function audit.note_entry;
    drop index audit.entries_action, audit.entries_at;
    drop table audit.waiting, audit.chain, audit.salts, audit.checkpoints, audit.checkpoint_keys;
    revoke all on audit.entries from auditor;
    revoke usage on schema audit from auditor;
  `);
}
