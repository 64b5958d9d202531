import type { Mail, MailTemplate } from '../domain/mail.ts';
import { createSecretBox } from '../domain/secret-box.ts';
import { TEST_ENCRYPTION_KEY } from './postgres.ts';
import { sql } from './venue.ts';

const box = createSecretBox([TEST_ENCRYPTION_KEY]);

/** The mails to somebody that are queued and have not left, oldest first. An app without SMTP_URL and MAIL_OUTBOX_DIR lets none leave. */
export async function queuedMails(superUrl: string, to?: string): Promise<Mail[]> {
  const rows = await sql(superUrl, 'select mail_id, sealed from jobs.mails where sealed is not null order by created_at, mail_id');
  return rows.map(({ mail_id, sealed }) => JSON.parse(box.open(String(sealed), ['mail', String(mail_id)])!) as Mail).filter((mail) => to === undefined || mail.to === to);
}

/** The newest one of this kind. */
export async function newestMail<Template extends MailTemplate>(superUrl: string, to: string, template: Template): Promise<Extract<Mail, { template: Template }>> {
  const mail = (await queuedMails(superUrl, to)).findLast((each) => each.template === template);
  if (!mail) throw new Error(`No mail ${template} is queued for ${to}`);
  return mail as Extract<Mail, { template: Template }>;
}
