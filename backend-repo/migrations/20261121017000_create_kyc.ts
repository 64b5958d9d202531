import type { Knex } from 'knex';

/**
 * Who a trader is, as they showed it (contract.md, Venue: KYC). What they sent is sealed; its owner sees how far it is, staff opens it with a reason, and
 * the decision stands in auth.users.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table auth.kyc_submissions (
      id uuid constraint kyc_submissions_pkey primary key,
      user_id bigint not null,
      status text not null default 'pending' constraint kyc_submissions_status_check check (status in ('pending', 'approved', 'rejected')),
      details_sealed text not null,
      submitted_at timestamptz not null,
      decided_at timestamptz,
      decided_by bigint,
      reason text,
      constraint kyc_submissions_decided check ((status = 'pending') = (decided_at is null) and (decided_at is null) = (decided_by is null))
    );
    create index kyc_submissions_user on auth.kyc_submissions (user_id, id desc);
    -- One at a time is looked at.
    create unique index kyc_submissions_one_pending on auth.kyc_submissions (user_id) where status = 'pending';

    grant select (id, user_id, status, submitted_at, decided_at, reason) on auth.kyc_submissions to app;
    grant insert (id, user_id, details_sealed, submitted_at) on auth.kyc_submissions to app;
    grant usage on schema auth to writer;
    grant select on auth.kyc_submissions to writer;
    grant update (status, decided_at, decided_by, reason) on auth.kyc_submissions to writer;
    grant select (id, role, kyc_status), update (kyc_status, updated_at) on auth.users to writer;
    alter table auth.kyc_submissions enable row level security;
    alter table auth.kyc_submissions force row level security;
    create policy kyc_submissions_own on auth.kyc_submissions for select to app using (user_id = nullif(current_setting('app.user_id', true), '')::bigint);
    create policy kyc_submissions_own_new on auth.kyc_submissions for insert to app with check (user_id = nullif(current_setting('app.user_id', true), '')::bigint and status = 'pending');
    create policy kyc_submissions_staff_reads on auth.kyc_submissions for select to writer using (true);
    create policy kyc_submissions_staff_decides on auth.kyc_submissions for update to writer using (true) with check (true);
    create policy kyc_submissions_backup on auth.kyc_submissions for select to backup using (true);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    revoke select (id, role, kyc_status), update (kyc_status, updated_at) on auth.users from writer;
    drop table auth.kyc_submissions;
  `);
}
