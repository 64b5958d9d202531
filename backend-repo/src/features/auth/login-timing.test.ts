import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { measureAnswers, TIMING_ENV } from '../../testing/answer-times.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ env: { ...TIMING_ENV, ROLES: 'widget' }, freshPasswords: true });
});
afterAll(() => app.close());

const PAIRS = 30;
const ROUNDS = 3;
/** By chance once in a thousand million runs, over the rounds. */
const CHANCE_MIN = 0.001;

// A difference that is there is there in each round; what else runs on this machine is not. `npm run chaos login-timing -- --full` measures a thousand.
test('A7 nobody can tell by its time whether an address has an account', async () => {
  for (let round = 1; ; round += 1) {
    const times = await measureAnswers(app, 'login', PAIRS);
    if (times.chance >= CHANCE_MIN) return;
    if (round === ROUNDS) expect(times).toMatchObject({ chance: 'at least 0.001' });
  }
}, 60_000);
