import { randomInt } from 'node:crypto';
import { isDatabaseAway } from '../src/db/pg-error.ts';
import { brokenConservation } from './order-records.ts';
import { pause } from './pause.ts';

const CHECK_EVERY_MS = 2_000;

/** Looks at the money at moments of its own choice, while everything moves. */
export class MoneyWatch {
  readonly #url: string;
  checks = 0;
  errors = 0;

  constructor(url: string) {
    this.#url = url;
  }

  async run(watch: { stop: boolean }): Promise<void> {
    while (!watch.stop) {
      await this.check().catch((error: unknown) => {
        if (!isDatabaseAway(error)) throw error;
      });
      await pause(randomInt(CHECK_EVERY_MS));
    }
  }

  async check(): Promise<void> {
    const wrong = await brokenConservation(this.#url);
    this.checks += 1;
    this.add(wrong);
  }

  add(wrong: readonly string[]): void {
    this.errors += wrong.length;
    for (const line of wrong.slice(0, 5)) console.log(`money: ${line}`);
  }
}
