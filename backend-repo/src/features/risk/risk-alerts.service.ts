import type { Mail } from '../../domain/mail.ts';
import type { RiskAlertsRepository } from './risk-alerts.repository.ts';

export interface RiskAlertsDeps {
  /** Nobody is told twice of what was told, and nothing is marked as told that was not. */
  readonly transaction: (work: (tables: { readonly alerts: RiskAlertsRepository; readonly mail: (mail: Mail) => Promise<void> }) => Promise<void>) => Promise<void>;
  readonly to: string;
}

const PAUSE_SECONDS = 600;
const WHERE = 'GET /api/risk/events names trader, market and evidence.';

/** Tells the operator of grave risk events, by mail: at once of the first of a kind, ten minutes later of what came since, in one. */
export class RiskAlertsService {
  readonly #deps: RiskAlertsDeps;

  constructor(deps: RiskAlertsDeps) {
    this.#deps = deps;
  }

  /** The job's turn, on any node. */
  tell(): Promise<void> {
    return this.#deps.transaction(async ({ alerts, mail }) => {
      for (const { kind, severity, description, events } of await alerts.claim(PAUSE_SECONDS)) {
        const others = events === 1 ? '' : ` And ${events - 1} more of this kind.`;
        await mail({ to: this.#deps.to, template: 'alert', data: { kind, severity, description: `${description ?? 'Nothing was said about it.'}${others} ${WHERE}` } });
      }
    });
  }
}
