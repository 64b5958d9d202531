// What a page of ours can be answered with is said in words for people, not in those of the API.
import { expect, test } from '@jest/globals';
import { failure } from '../model/failure.ts';
import { learnAccountWords } from './account-words.ts';
import { bytes, duration, sentenceOf } from './words.ts';

const ANY = ['NO_CONNECTION', 'NO_ANSWER_IN_TIME', 'SERVICE_AWAY', 'INTERNAL_ERROR', 'NOT_READY', 'OVERLOADED', 'RATE_LIMIT_EXCEEDED', 'VALIDATION_ERROR', 'PERMISSION_DENIED', 'CSRF_TOKEN_INVALID', 'SIGNED_OUT'];
const SIGNING_IN = ['EMAIL_NOT_VERIFIED', 'TWO_FACTOR_REQUIRED', 'SECOND_FACTOR_WRONG', 'SECOND_FACTOR_LOCKED', 'REVERIFICATION_REQUIRED', 'CAPTCHA_INVALID', 'CAPTCHA_FAILED', 'LINK_INVALID'];
const SIGNED_IN = [
  'SECOND_FACTOR_ON', 'SECOND_FACTOR_OFF', 'SECOND_FACTOR_REQUIRED', 'API_KEY_NOT_FOUND', 'TOO_MANY_API_KEYS', 'SESSION_NOT_FOUND', 'DEVICE_NOT_FOUND', 'DEVICE_NOT_CONFIRMED', 'KYC_REQUIRED', 'KYC_PENDING',
  'KYC_APPROVED', 'PAYLOAD_TOO_LARGE', 'PART_NOT_FETCHED', 'SIGNING_FAILED', 'REQUEST_SIGNATURE_REQUIRED', 'SIGNATURE_INVALID', 'TIMESTAMP_OUT_OF_RANGE', 'NONCE_REUSED', 'WITHDRAWAL_COOLING_OFF',
  'WITHDRAWAL_LIMIT_EXCEEDED', 'WITHDRAWAL_NOT_FOUND', 'INSUFFICIENT_BALANCE', 'TRANSFER_OUTCOME_UNKNOWN', 'IDEMPOTENCY_KEY_REUSED', 'UNKNOWN_ASSET', 'WRONG_STATE',
];

const said = (code: string, retryAfterS: number | null = null) => sentenceOf({ ...failure(code, { message: 'Send X-Header to POST /api/somewhere', retryAfterS }), status: 400, fields: {} });

learnAccountWords();
test.each([...ANY, ...SIGNING_IN, ...SIGNED_IN])('%s is said in whole sentences of ours', (code) => {
  expect(said(code)).toMatch(/^[A-Z][^/]+[.?]$/);
  expect(said(code)).not.toMatch(/X-Header|POST|[A-Z]{2,}_/);
});

test('what has no words of ours is said in those of the service, with how long to wait', () => {
  expect(said('LOGIN_LOCKED', 3600)).toBe('Send X-Header to POST /api/somewhere. You can try again in 60 minutes.');
});

test('sizes and times are said as people say them', () => {
  expect([8, 499_600, 999_499, 999_500, 4_210_000].map(bytes)).toEqual(['1 kB', '500 kB', '999 kB', '1.0 MB', '4.2 MB']);
  expect([40, 91, 5399, 36_000].map(duration)).toEqual(['40 seconds', '2 minutes', '2 hours', '10 hours']);
});
