import type { Actor } from '../../domain/audit-entry.ts';
import { AppError } from '../../errors.ts';
import type { WithdrawersRepository } from './withdrawal-gates.repository.ts';

/** Who asks, and what they have shown. */
export interface WithdrawalCaller {
  readonly userId: number;
  /** `null`: a program, by its API key. */
  readonly sessionId: string | null;
  /** When a code was last shown in this session, in milliseconds since 1970. */
  readonly secondFactorAt: number | null;
  readonly ip?: string | undefined;
  readonly requestId?: string | undefined;
}

export interface WithdrawalGatesDeps {
  readonly people: Pick<WithdrawersRepository, 'find'>;
  /** @throws AppError SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED */
  readonly demandCode: (whose: { readonly userId: number; readonly actor: Actor }, code: string) => Promise<void>;
  /** @throws AppError DEVICE_NOT_CONFIRMED */
  readonly requireConfirmedDevice: (sessionId: string) => Promise<void>;
  /** How long withdrawals wait after a change of password or second factor; 0: not at all. */
  readonly coolingOffHours: number;
  readonly now: () => number;
}

const CODE_LIFE_MS = 600_000;
const HOUR_MS = 3_600_000;

/** What stands before every new withdrawal, in this order (decision 0025). Whoever is held up here has changed nothing. */
export class WithdrawalGates {
  readonly #deps: WithdrawalGatesDeps;

  constructor(deps: WithdrawalGatesDeps) {
    this.#deps = deps;
  }

  /** @throws AppError KYC_REQUIRED, SECOND_FACTOR_REQUIRED, TWO_FACTOR_REQUIRED, SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED, WITHDRAWAL_COOLING_OFF, DEVICE_NOT_CONFIRMED */
  async pass(caller: WithdrawalCaller, code: string | undefined): Promise<void> {
    const { userId, sessionId } = caller;
    const person = await this.#deps.people.find(userId);
    if (!person.approved) throw new AppError('KYC_REQUIRED');
    if (!person.second_factor) throw new AppError('SECOND_FACTOR_REQUIRED');
    await this.#requireCode(caller, code);
    this.#requireCalm(person.credentials_changed_at);
    // A program is on no device of its own: its owner has made its key.
    if (sessionId !== null) await this.#deps.requireConfirmedDevice(sessionId);
  }

  async #requireCode({ userId, secondFactorAt: shownAt, ip, requestId }: WithdrawalCaller, code: string | undefined): Promise<void> {
    if (code !== undefined) return this.#deps.demandCode({ userId, actor: { kind: 'user', id: String(userId), ip, requestId } }, code);
    if (shownAt === null || this.#deps.now() - shownAt > CODE_LIFE_MS) throw new AppError('TWO_FACTOR_REQUIRED');
  }

  /** Whoever has taken over an account changes its password or second factor first, and its owner has heard of that by mail. */
  #requireCalm(changedAt: Date | null): void {
    if (changedAt === null) return;
    const leftMs = changedAt.getTime() + this.#deps.coolingOffHours * HOUR_MS - this.#deps.now();
    if (leftMs > 0) throw new AppError('WITHDRAWAL_COOLING_OFF', { retryAfter: Math.ceil(leftMs / 1000) });
  }
}
