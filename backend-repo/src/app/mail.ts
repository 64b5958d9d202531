import { OutboxGateway, SmtpGateway, type MailGateway } from '../features/mail/mail.gateway.ts';
import { MailQueueRepository } from '../features/mail/mail.repository.ts';
import { MailService } from '../features/mail/mail.service.ts';
import type { Config } from '../config.ts';
import type { Foundation, RolePart } from './foundation.ts';

export interface MailPart extends RolePart {
  readonly mails: MailService;
}

/** What lets mails leave. Any node does it; they are queued by whoever has something to say (`MailRepository.add`). */
export function buildMail({ config, database, box, logger, metrics }: Foundation): MailPart {
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

function gatewayOf({ smtpUrl, outboxFolder, from }: Config['mail']): MailGateway | null {
  if (smtpUrl !== null) return new SmtpGateway(smtpUrl, from);
  return outboxFolder === null ? null : new OutboxGateway(outboxFolder, from);
}
