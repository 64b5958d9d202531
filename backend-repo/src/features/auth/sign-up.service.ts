import { createHash } from 'node:crypto';
import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import type { Mail } from '../../domain/mail.ts';
import { passwordProblem, type PasswordOwner } from '../../domain/password-strength.ts';
import { AppError, invalidField } from '../../errors.ts';
import type { KnownDevice } from './known-devices.service.ts';
import type { GuardTables, LoginGuard } from './login-guard.service.ts';
import type { ProofOfWork, ProofOfWorkGateway } from './proof-of-work.gateway.ts';
import type { SessionsService, SessionTables } from './sessions.service.ts';
import type { SignUp } from './sign-up.schema.ts';
import type { LinkKind, NewLink, SignUpRepository } from './sign-up.repository.ts';

export interface Caller {
  readonly ip: string;
  readonly requestId: string;
}

export interface SignUpTables extends GuardTables, SessionTables {
  readonly people: SignUpRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
  readonly mail: (mail: Mail) => Promise<void>;
}

export interface SignUpDeps {
  readonly repository: SignUpRepository;
  readonly transaction: <T>(work: (tables: SignUpTables) => Promise<T>) => Promise<T>;
  readonly proofs: Pick<ProofOfWorkGateway, 'challenge' | 'check'>;
  readonly passwords: { readonly hash: (password: string) => Promise<string>; readonly matches: (hash: string | null, password: string) => Promise<boolean> };
  readonly breached: ReadonlySet<string>;
  readonly sessions: Pick<SessionsService, 'endOthers' | 'followEnds'>;
  readonly guard: Pick<LoginGuard, 'requireUnblocked' | 'trust'>;
  /** Waits: so long at least takes what must not tell by its time what it found. */
  readonly pause: (milliseconds: number) => Promise<unknown>;
  readonly publicUrl: string;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly now: () => number;
}

const TOKEN_BYTES = 32;
const LINK_MINUTES = 30;
const RESET_ANSWER_MS = 100;
const PAGES: Record<LinkKind, string> = { 'verify-email': '/verify', 'reset-password': '/reset' };

/** Opening an account, and finding the way back into one (rules A7 and A10, decision 0023). */
export class SignUpService {
  readonly #deps: SignUpDeps;

  constructor(deps: SignUpDeps) {
    this.#deps = deps;
  }

  async challenge(): Promise<Awaited<ReturnType<ProofOfWorkGateway['challenge']>>> {
    return this.#deps.proofs.challenge();
  }

  /**
   * The same answer and the same work whether or not the address is known: what is the case, its mailbox learns.
   * @throws AppError LOGIN_LOCKED, VALIDATION_ERROR, CAPTCHA_INVALID
   */
  async register({ email, password, captcha }: SignUp, caller: Caller): Promise<{ email: string }> {
    const { guard, passwords, transaction } = this.#deps;
    await guard.requireUnblocked(caller.ip);
    this.checkPassword('password', password, { email });
    const proof = await this.#proven(captcha);
    const passwordHash = await passwords.hash(password);
    const { token, link } = this.#newLink('verify-email');
    await transaction(async (tables) => {
      if (!(await tables.people.spendChallenge(proof.challengeHash, proof.expiresAt))) throw new AppError('CAPTCHA_INVALID');
      const added = await tables.people.insertUnconfirmed(email, passwordHash);
      // Looked up whether it was there or not: a statement more would tell by its time.
      const person = (await tables.people.findByEmail(email))!;
      // A link that nobody may use stands for one that is not sent.
      await tables.people.addLink({ ...link, userId: person.confirmed ? null : person.id, passwordHash });
      await tables.audit({ ...lineAbout(person.id, caller), action: added === null ? 'user.registered_again' : 'user.registered' });
      if (person.confirmed) await tables.mail({ to: person.email, template: 'account-exists', data: { signInUrl: this.#page('/login'), resetUrl: this.#page('/reset') } });
      else await tables.mail({ to: person.email, template: 'verify-email', data: { url: this.#linkUrl('verify-email', token), minutes: LINK_MINUTES } });
    });
    return { email };
  }

  /**
   * The password becomes the one that was typed with this link's sign-up: whoever tried the address before, or after, has no part in it.
   * @throws AppError LINK_INVALID
   */
  async verifyEmail(token: string, caller: Caller): Promise<{ email: string }> {
    const now = new Date(this.#deps.now());
    return this.#deps.transaction(async (tables) => {
      const used = await tables.people.useLink(hashOf(token), 'verify-email', now);
      const email = used && (await tables.people.confirm(used.userId, used.passwordHash, now));
      if (!used || email === null) throw new AppError('LINK_INVALID');
      await tables.people.voidLinks(used.userId, now);
      // Signing in too early was no guessing.
      await tables.guard.forgive(used.userId, now);
      await tables.audit({ ...lineAbout(used.userId, caller), action: 'user.email_verified' });
      return { email };
    });
  }

  /** The same answer after the same time, whether or not somebody has the address. @throws AppError CAPTCHA_INVALID */
  async askReset(email: string, captcha: string | undefined, caller: Caller): Promise<{ email: string }> {
    const proof = captcha === undefined ? null : await this.#proven(captcha);
    const { token, link } = this.#newLink('reset-password');
    const work = this.#deps.transaction(async (tables) => {
      if (proof && !(await tables.people.spendChallenge(proof.challengeHash, proof.expiresAt))) throw new AppError('CAPTCHA_INVALID');
      const person = await tables.people.findByEmail(email);
      await tables.people.addLink({ ...link, userId: person?.id ?? null, passwordHash: null });
      if (!person) return;
      await tables.audit({ ...lineAbout(person.id, caller), action: 'user.password_reset_asked' });
      await tables.mail({ to: person.email, template: 'reset-password', data: { url: this.#linkUrl('reset-password', token), minutes: LINK_MINUTES } });
    });
    await Promise.all([work, this.#deps.pause(RESET_ANSWER_MS)]);
    return { email };
  }

  /**
   * Ends every session and every lock. It signs nobody in: the second factor is still to be shown, with the next login. After a device was denied the
   * password has to be a new one, since somebody else knows the old one.
   * @throws AppError LINK_INVALID, VALIDATION_ERROR
   */
  async resetPassword(token: string, password: string, caller: Caller): Promise<KnownDevice> {
    const { repository, passwords, transaction, sessions, guard } = this.#deps;
    const now = new Date(this.#deps.now());
    const person = await repository.findLink(hashOf(token), 'reset-password', now);
    if (!person) throw new AppError('LINK_INVALID');
    this.checkPassword('new_password', password, person);
    // Looked at in any case: the device may be denied at this moment.
    const differsFrom = (await passwords.matches(person.passwordHash, password)) ? null : person.passwordHash;
    const passwordHash = await passwords.hash(password);
    const { device, ended } = await transaction(async (tables) => {
      if (!(await tables.people.useLink(hashOf(token), 'reset-password', now))) throw new AppError('LINK_INVALID');
      if (!(await tables.people.resetPassword(person.id, passwordHash, differsFrom, now))) throw invalidField('new_password', 'Somebody else may know this password. Use another one.');
      await tables.users.noteCredentialsChanged(person.id, now.getTime());
      await tables.people.voidLinks(person.id, now);
      const line = lineAbout(person.id, caller);
      await tables.audit({ ...line, action: 'user.password_reset' });
      await tables.mail({ to: person.email, template: 'password-changed', data: { at: now.getTime(), ip: caller.ip } });
      return { device: await guard.trust(tables, person.id, caller.ip), ended: await sessions.endOthers(tables, person.id, null, 'password_changed', line.actor) };
    });
    sessions.followEnds(ended);
    return device;
  }

  /** For whoever has to show again that they read their mail. `verifyEmail` takes the one kind, `resetPassword` the other. */
  newMailLink(kind: LinkKind): { readonly link: Omit<NewLink, 'userId' | 'passwordHash'>; readonly url: string; readonly minutes: number } {
    const { token, link } = this.#newLink(kind);
    return { link, url: this.#linkUrl(kind, token), minutes: LINK_MINUTES };
  }

  /** For everybody who sets a password. @throws AppError VALIDATION_ERROR */
  checkPassword(field: string, password: string, owner: PasswordOwner): void {
    const problem = passwordProblem(password, owner, this.#deps.breached);
    if (problem !== null) throw invalidField(field, problem);
  }

  async purge(): Promise<void> {
    await this.#deps.repository.purge(new Date(this.#deps.now()));
  }

  async #proven(captcha: string): Promise<ProofOfWork> {
    const proof = await this.#deps.proofs.check(captcha);
    if (!proof) throw new AppError('CAPTCHA_INVALID');
    return proof;
  }

  #newLink(kind: LinkKind): { token: string; link: { tokenHash: Buffer; kind: LinkKind; now: Date; expiresAt: Date } } {
    const token = this.#deps.randomBytes(TOKEN_BYTES).toString('base64url');
    const now = this.#deps.now();
    return { token, link: { tokenHash: hashOf(token), kind, now: new Date(now), expiresAt: new Date(now + LINK_MINUTES * 60_000) } };
  }

  /** After the #, which browsers send to no server, and no log has. */
  #linkUrl(kind: LinkKind, token: string): string {
    return `${this.#page(PAGES[kind])}#token=${token}`;
  }

  #page(path: string): string {
    return `${this.#deps.publicUrl}${path}`;
  }
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Whoever has the link is taken for the person; whoever asks for one is not. */
function lineAbout(userId: number, { ip, requestId }: Caller): { actor: Actor; subject: { kind: string; id: string } } {
  return { actor: { kind: 'user', id: String(userId), ip, requestId }, subject: { kind: 'user', id: String(userId) } };
}
