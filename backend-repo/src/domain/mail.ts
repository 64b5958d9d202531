/** What each mail says, by template. Times are milliseconds since 1970; a `url` is one of ours, below PUBLIC_URL. */
export interface MailData {
  /** Follows a sign-up: only the link makes the account usable. */
  readonly 'verify-email': { readonly url: string; readonly minutes: number };
  /** Somebody signed up with an address that has an account. Goes out in place of `verify-email`, so that the page's answer tells nobody. */
  readonly 'account-exists': { readonly signInUrl: string; readonly resetUrl: string };
  readonly 'reset-password': { readonly url: string; readonly minutes: number };
  readonly 'password-changed': { readonly at: number; readonly ip: string };
  readonly 'second-factor-changed': { readonly change: 'enabled' | 'disabled'; readonly at: number };
  /** `country` is a name or a code, `null` when it is not known. `confirmUrl` is `null` for the first device of an account, which needs no link. */
  readonly 'new-device': { readonly device: string; readonly ip: string; readonly country: string | null; readonly at: number; readonly confirmUrl: string | null; readonly denyUrl: string; readonly minutes: number };
  /** Signing in waits for this link, since something is wrong about the account. `url` is `null` where a new password alone will do. */
  readonly reverify: { readonly url: string | null; readonly resetUrl: string; readonly minutes: number };
  /** Whoever forgot the password need not wait: a reset ends the lock. */
  readonly 'locked-out': { readonly until: number; readonly resetUrl: string };
  readonly 'api-key-created': { readonly name: string; readonly at: number };
  /** `amount` is a decimal. The withdrawal goes on only after the link. */
  readonly 'withdrawal-confirm': { readonly url: string; readonly asset: string; readonly amount: string; readonly address: string; readonly minutes: number };
  /** Something that somebody should look at. To the operator (ALERT_EMAIL) of risk events, to a person of what concerns their account. */
  readonly alert: { readonly kind: string; readonly severity: string; readonly description: string };
}

export type MailTemplate = keyof MailData;

/** A mail to one person. It is put on record with the change it tells of, and leaves afterwards. */
export type Mail = { readonly [Template in MailTemplate]: { readonly to: string; readonly template: Template; readonly data: MailData[Template] } }[MailTemplate];
