/** Who did it, as the request showed them. */
export interface Actor {
  readonly kind: 'user' | 'partner' | 'system';
  /** The user's id, the exchangeId, or the name of the job. */
  readonly id: string;
  readonly ip?: string | undefined;
  readonly requestId?: string | undefined;
}

/** One line of the audit log (design 5.13). Never put a secret into `before` or `after`. */
export interface AuditEntry {
  readonly actor: Actor;
  /** `exchange.suspended`: what happened, to what kind of thing. Small letters, dots and underscores. */
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly reason?: string | undefined;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
}
