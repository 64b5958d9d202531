import { transactionOf } from '../db/as-user.ts';
import { listen, type Listener } from '../db/listen.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { PartnerKeysRepository } from '../features/widget/partner-keys.repository.ts';
import { PartnerKeysService } from '../features/widget/partner-keys.service.ts';
import { PartnersRepository } from '../features/widget/partners.repository.ts';
import { PartnersService } from '../features/widget/partners.service.ts';
import { PartnersState } from '../features/widget/partners.state.ts';
import type { Foundation } from './foundation.ts';

const REFRESH_EVERY_MS = 30_000;

export interface FollowedPartners {
  readonly state: PartnersState;
  readonly partners: PartnersService;
  readonly partnerKeys: PartnerKeysService;
  /** Loads the partners and keeps them as the database has them. */
  readonly follow: () => Promise<void>;
  readonly unfollow: () => Promise<void>;
}

/** Partners: their memory on this node, and what changes them. */
export function buildPartners({ config, appUrl, database, box, logger, randomBytes, now, clock }: Foundation): FollowedPartners {
  const trouble = (message: string) => (error: unknown) => logger.warn({ error }, message);
  const leftOut = (exchangeId: string, error: unknown): void => logger.error({ exchangeId, error }, 'this partner is left out: one of its secrets does not open');
  const state = new PartnersState(new PartnersRepository(database.app), box, leftOut, clock);
  const changes = {
    transaction: transactionOf(database.app, (sql) => {
      const entries = new AuditRepository(sql);
      const audit = (entry: AuditEntry): Promise<void> => entries.add(uuidV7(now(), randomBytes(10)), now(), entry);
      return { partners: new PartnersRepository(sql), keys: new PartnerKeysRepository(sql), audit };
    }),
    changed: () => state.refresh().catch(trouble('the partners could not be refreshed after a change; trying again')),
    secrets: { box, randomBytes },
  };
  let listener: Listener | null = null;
  let refresher: NodeJS.Timeout | undefined;
  return {
    state,
    partners: new PartnersService({ ...changes, partners: state, publicUrl: config.publicUrl }),
    partnerKeys: new PartnerKeysService({ ...changes, now }),
    follow: async () => {
      await state.refresh();
      // A notice that was lost, or whose refresh failed, is made up for.
      refresher = setInterval(() => void state.refresh().catch(trouble('the partners could not be refreshed; trying again')), REFRESH_EVERY_MS);
      refresher.unref();
      listener = listen(appUrl, 'widget_partners', () => state.refresh(), trouble('listening for partner changes failed; trying again'));
    },
    unfollow: async () => {
      clearInterval(refresher);
      await listener?.stop();
    },
  };
}
