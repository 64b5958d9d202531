import { transactionOf, writerTransactionOf } from '../db/as-user.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import type { Mail } from '../domain/mail.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { OutboxGateway, SmtpGateway, type MailGateway } from '../features/mail/mail.gateway.ts';
import { MailQueueRepository, MailRepository } from '../features/mail/mail.repository.ts';
import { MailRetryService } from '../features/mail/mail-retry.service.ts';
import { MailService } from '../features/mail/mail.service.ts';
import { RiskAlertsRepository } from '../features/risk/risk-alerts.repository.ts';
import { RiskAlertsService } from '../features/risk/risk-alerts.service.ts';
import { untilFewer } from '../jobs/until-fewer.ts';
import type { Config } from '../config.ts';
import type { Foundation, RolePart } from './foundation.ts';

export interface MailPart extends RolePart {
  readonly mails: MailService;
  readonly retry: MailRetryService;
  readonly purge: () => Promise<number>;
  /** `null`: nobody is to be told. */
  readonly alerts: RiskAlertsService | null;
}

const MAILS_PER_PURGE = 10_000;

/** What lets mails leave. Any node does it; they are queued by whoever has something to say (`MailRepository.add`). */
export function buildMail(foundation: Foundation): MailPart {
  const { config, database, box, logger, metrics, now, randomBytes } = foundation;
  const gateway = gatewayOf(config.mail);
  const mails = new MailService({
    queue: new MailQueueRepository(database.app, box),
    deliver: gateway && ((letter) => gateway.deliver(letter)),
    publicUrl: config.publicUrl,
    count: metrics.mail,
    show: metrics.mailsStand,
    random: Math.random,
    onTrouble: (fields, message) => logger.error(fields, message),
  });
  return {
    mails,
    retry: new MailRetryService({
      transaction: transactionOf(database.app, (sql) => {
        const entries = new AuditRepository(sql);
        return { queue: new MailQueueRepository(sql, box), audit: (entry: AuditEntry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry) };
      }),
    }),
    purge: () => untilFewer(MAILS_PER_PURGE, (mailsMax) => mails.purge(mailsMax)),
    alerts: buildAlerts(foundation),
    start: () => {
      if (gateway === null) logger.warn('mails wait until there is an SMTP_URL or a MAIL_OUTBOX_DIR');
      return Promise.resolve();
    },
    stop: async () => {
      gateway?.stop();
      await mails.stop();
    },
    notReady: () => null,
  };
}

function buildAlerts({ config, database, box, now, randomBytes }: Foundation): RiskAlertsService | null {
  const to = config.mail.alertAddress;
  if (to === null) return null;
  const transaction = writerTransactionOf(database.app, (sql) => {
    const mails = new MailRepository(sql, { box, now, randomBytes });
    return { alerts: new RiskAlertsRepository(sql), mail: (mail: Mail) => mails.add(mail) };
  });
  return new RiskAlertsService({ transaction, to });
}

function gatewayOf({ smtpUrl, outboxFolder, from }: Config['mail']): MailGateway | null {
  if (smtpUrl !== null) return new SmtpGateway(smtpUrl, from);
  return outboxFolder === null ? null : new OutboxGateway(outboxFolder, from);
}
