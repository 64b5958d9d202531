import { expect, test } from '@jest/globals';
import { passwordProblem } from './password-strength.ts';

const OWNER = { email: 'Ann.Smith@example.com', username: 'trader-ann' };
const BREACHED = new Set(['passwordpassword', 'contraseña1234']);
const problem = (password: string): string | null => passwordProblem(password, OWNER, BREACHED);

test.each(['correct horse battery', 'aaaa bbbb cccc', 'a'.repeat(11) + 'b', 'ünïcödë wörks tøø', '🐎🔋📎🐎🔋📎🐎🔋📎🐎🔋🐙', 'x'.repeat(64) + 'y'.repeat(64), 'my cat knows ann.smith well'])('%j will do: length is the only rule about characters', (password) => {
  expect(problem(password)).toBeNull();
});

test.each([
  ['elevenchars', /at least 12/],
  ['🐎🔋📎🐎🔋📎🐎🔋📎🐎🔋', /at least 12/],
  ['x'.repeat(64) + 'y'.repeat(65), /at most 128/],
  ['PasswordPassword', /attackers/],
  ['CONTRASEN\u0303A1234', /attackers/],
  ['ann.smith@example.com', /address/],
  ['ANN.SMITH@EXAMPLE.COM', /address/],
  ['ann.smith1234', /address/],
  ['1trader-ann1!', /address/],
  ['aaaaaaaaaaaa', /again and again/],
  ['abcabcabcabc', /again and again/],
  ['Abcdabcdabcdab', /again and again/],
])('%j is refused', (password, why) => {
  expect(problem(password)).toMatch(why);
});
