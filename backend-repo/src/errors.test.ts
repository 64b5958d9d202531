import { expect, test } from '@jest/globals';
import { AppError, type ErrorCode } from './errors.ts';

test.each<[ErrorCode, string]>([
  ['AUTHENTICATION_FAILED', 'Invalid credentials'],
  ['RATE_LIMIT_EXCEEDED', 'Too many requests'],
  ['VALIDATION_ERROR', 'Invalid input data'],
  ['INSUFFICIENT_BALANCE', 'Insufficient balance for this order'],
])('%s says what spec/4 prints, letter for letter', (code, message) => {
  expect(new AppError(code).message).toBe(message);
});
