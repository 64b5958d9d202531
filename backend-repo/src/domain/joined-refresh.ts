/**
 * One refresh at a time: who asks while one is under way joins it, and it runs once more, because what they heard of may be a change that it did
 * not see.
 */
export class JoinedRefresh {
  readonly #load: () => Promise<void>;
  #underWay: Promise<void> | null = null;
  #again = false;

  constructor(load: () => Promise<void>) {
    this.#load = load;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== null;
  }

  run(): Promise<void> {
    if (this.#underWay) {
      this.#again = true;
      return this.#underWay;
    }
    this.#underWay = this.#loadAll().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #loadAll(): Promise<void> {
    do {
      this.#again = false;
      await this.#load();
    } while (this.#again);
  }
}
