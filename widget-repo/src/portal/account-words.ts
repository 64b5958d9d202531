import { learn } from './words.ts';

/** What only somebody who is signed in can be answered with. */
const SENTENCES: Readonly<Record<string, string>> = {
  SECOND_FACTOR_ON: 'A second factor is on already. Load the page again to see it.',
  SECOND_FACTOR_OFF: 'The second factor is off, or setting it up took too long. Load the page again and start anew.',
  API_KEY_NOT_FOUND: 'This key is gone already. Load the page again to see what there is.',
  TOO_MANY_API_KEYS: 'You have as many keys as there can be. Revoke one that you no longer use, then create the new one.',
  SESSION_NOT_FOUND: 'It is signed out already. Load the page again to see what there is.',
  PART_NOT_FETCHED: 'A part of this page could not be fetched. Check your connection, then load the page again.',
  SIGNING_FAILED: 'This browser could not sign it. Try a current browser, over https.',
  SIGNATURE_INVALID: 'The signature of this page did not fit. Load the page again, then repeat what you did.',
  TIMESTAMP_OUT_OF_RANGE: 'The clock of this device is wrong. Set it right, then try again.',
  DEVICE_NOT_CONFIRMED: 'This device is new to your account. Open the link in the mail about it and say that it was you. Signing in again sends another mail.',
  SECOND_FACTOR_REQUIRED: 'Withdrawals need a second factor. Turn it on first, on this page.',
  WITHDRAWAL_COOLING_OFF: 'Withdrawals wait for a while after a change of the password or the second factor, so that nobody who took over an account can empty it at once.',
  WITHDRAWAL_LIMIT_EXCEEDED: 'This is worth more than you may withdraw within 24 hours.',
  INSUFFICIENT_BALANCE: 'You do not have that much available.',
  TRANSFER_OUTCOME_UNKNOWN: 'We could not confirm in time that this was done. Press the button again: it is never done twice.',
  WRONG_STATE: 'It is too late for that: it went on meanwhile. Load the page again to see how far it is.',
  KYC_REQUIRED: 'Show us who you are first, on this page.',
  KYC_PENDING: 'What you sent before is being looked at. Wait for the decision.',
  KYC_APPROVED: 'Your identity is approved already. Load the page again to see it.',
  PAYLOAD_TOO_LARGE: 'That is more than can be sent at once. Take smaller pictures.',
  DEVICE_NOT_FOUND: 'This device is forgotten already. Load the page again to see what there is.',
  WITHDRAWAL_NOT_FOUND: 'This withdrawal is not there. Load the page again to see what there is.',
  REQUEST_SIGNATURE_REQUIRED: 'This page did not sign it. Load the page again, then repeat what you did.',
  NONCE_REUSED: 'It came twice, so it was done once at most. Load the page again to see how it stands.',
  IDEMPOTENCY_KEY_REUSED: 'Something else was asked for under the same mark. Load the page again to see how it stands.',
  UNKNOWN_ASSET: 'This asset is not kept here any more. Load the page again to see what there is.',
};

export function learnAccountWords(): void {
  learn(SENTENCES);
}
