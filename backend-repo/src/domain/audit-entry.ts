/** Who did it, as the request showed them. */
export interface Actor {
  readonly kind: 'user' | 'partner' | 'system';
  /** The user's id, the exchangeId, or the name of the job. */
  readonly id: string;
  readonly ip?: string | undefined;
  readonly requestId?: string | undefined;
}

/** One line of the audit log (design 5.13). Never put a secret into `before` or `after`: what is called one is written as `[secret]`. */
export interface AuditEntry {
  readonly actor: Actor;
  /** `exchange.suspended`: what happened, to what kind of thing. Small letters, dots and underscores. */
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly reason?: string | undefined;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
}

/** Of many people's data: what was asked for, why where it names one of them, and how many rows were shown. */
export function listed(what: string, actor: Actor, query: object, rows: number): AuditEntry {
  const { reason, ...filters } = query as { readonly reason?: string };
  return { actor, action: `${what}.listed`, subject: { kind: 'list', id: what }, reason, after: { filters, rows } };
}

const SECRET = /(^|_)(password|password_hash|secret|private_key|totp|backup_codes|(access|refresh|session|user)_token)$/;

/** `before` or `after` as it is stored (rule H7): a whole row handed over by mistake brings no secret with it. */
export function auditJson(value: object): string {
  return JSON.stringify(value, (name, item: unknown) => (typeof item !== 'boolean' && item !== null && SECRET.test(name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)) ? '[secret]' : item));
}
