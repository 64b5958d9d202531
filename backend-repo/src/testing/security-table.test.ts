import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { loadConfig } from '../config.ts';
import { tableRows } from './markdown.ts';
import { testNamesIn } from './test-names.ts';

const page = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| ([AHE]\d+) \| .* \| (.*) \|$/gm)].map(([, rule, files]) => ({ rule: rule!, files: [...files!.matchAll(/`([^`]+)`/g)].map(([, file]) => file!) }));
const numbered = (letter: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
/** Rules without a test, each with its reason. */
const reasons = readFileSync(new URL('../../../docs/decisions/0030-a-rule-that-comes-with-its-part.md', import.meta.url), 'utf8');

test('the page has a line for each rule', () => {
  expect(rows.map(({ rule }) => rule)).toEqual([...numbered('A', 14), ...numbered('H', 7), ...numbered('E', 4)]);
});

test.each(rows)('$rule has a test named after it in a file that the page names', ({ rule, files }) => {
  const texts = files.map((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
  const named = texts.some((text) => new RegExp(`(?:test|describe)[^\\n]*['\`"]${rule}(?: |')`).test(text));
  expect(named || reasons.includes(`**${rule}** asks`)).toBe(true);
});

/** Those of the issue by its own words, and those that we added. */
const ATTACKS = [
  'refresh reuse', 'TOTP replay', 'nonce replay', 'signature over another body', 'a copied access token', 'a session’s signed call, sent again', 'a session’s signature over something else', 'alg confusion', 'kid injection', 'token of another kind', 'forged X-Forwarded-For', 'BOLA', 'role × route', 'login timing', 'CSRF', 'mass assignment',
  'session fixation', 'cookie without CSRF token', 'names given twice', 'prototype pollution', 'method override', 'oversized body', 'header smuggling', 'guessing side by side', 'a stolen device', 'a stolen access token', 'a stolen access token, used up', 'a stolen password', 'a stolen password, set again', 'a key left behind', 'a market that accuses', 'a link used twice', 'a route nobody thought of',
];
const attacks = tableRows(page, 'Attack', 'What refuses it');
const bare = (cell: string): string => cell.replaceAll('`', '');

test('the page names each attack', () => {
  expect(attacks.map(([attack]) => attack)).toEqual(ATTACKS);
});

test.each(attacks.map(([attack, , file, name]) => [attack!, `src/${bare(file!)}`, name!]))('%s: the test that tries it is there', (_attack, file, name) => {
  expect([...testNamesIn(file)]).toContain(name);
});

/** Each threshold's place in the config: spec/4's securityRules, and ours. */
const THRESHOLDS = {
  FAILED_LOGIN_THRESHOLD: 'failedLoginThreshold', LOCKOUT_SECONDS: 'lockoutSeconds', SUSPICIOUS_IP_THRESHOLD: 'suspiciousIpThreshold', IP_BLOCK_SECONDS: 'ipBlockSeconds', ALLOWED_COUNTRIES: 'allowedCountries',
  VPN_DETECTION: 'vpnDetection', REQUIRE_DEVICE_VERIFICATION: 'requireDeviceVerification', MAX_DEVICES_PER_USER: 'devicesPerUserMax', UNUSUAL_VOLUME_THRESHOLD: 'unusualVolumeThreshold',
  VELOCITY_CHECK_WINDOW_SECONDS: 'velocityWindowSeconds', MAX_ORDERS_PER_MINUTE: 'ordersPerMinuteMax', REVERIFY_AFTER_RISK_EVENTS: 'reverifyAfterRiskEvents',
} as const;
const thresholds = tableRows(page, 'Threshold', 'Variable').map(([, variable, value, , file, name]) => [bare(variable!), value!, `src/${bare(file!)}`, name!] as const);
const { security } = loadConfig({ DATABASE_URL: 'postgres://here/db', ENCRYPTION_KEY: 'e'.repeat(32), JWT_SECRET: 'j'.repeat(32) });

test('the page names each threshold', () => {
  expect(thresholds.map(([variable]) => variable)).toEqual(Object.keys(THRESHOLDS));
});

test.each(thresholds)('%s is %s unless somebody sets it, and a test passes it', (variable, value, file, name) => {
  expect(String(security[THRESHOLDS[variable as keyof typeof THRESHOLDS]])).toBe(value);
  expect([...testNamesIn(file)]).toContain(name);
  expect(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')).toContain(variable);
});
