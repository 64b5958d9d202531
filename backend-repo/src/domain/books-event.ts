export type AccountChanges = Readonly<Record<string, string | number | null>>;

/** What the books of a client are told (contract.md, CRM). */
export interface BooksEvent {
  /** The trader's number, as text. Events of one client leave in their order. */
  readonly clientId: string;
  readonly changes?: AccountChanges;
  /** Changes that say who somebody is: they leave as `changes`, and lie sealed until then. */
  readonly personalChanges?: AccountChanges;
  readonly [field: string]: string | AccountChanges | undefined;
}

export type BooksEventType = 'deposit.completed' | 'withdrawal.completed' | 'kyc.updated' | 'account.updated';

/** On record in the change's own transaction; delivered later, at least once. */
export type TellBooks = (type: BooksEventType, ...events: readonly BooksEvent[]) => Promise<void>;
