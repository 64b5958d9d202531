/** `scripts/chaos fuzz [--short | --full]`: `npm run fuzz` under the name of the other long runs. */
export { main } from '../src/testing/fuzz/main.ts';
