/** At 16 bits a name and six probes one of about 1,100 unknown names is taken for a known one (Bloom 1970; Kirsch and Mitzenmacher 2006 for the two hashes). */
const BITS_PER_NAME = 16;
const PROBES = 6;
/** 128 MiB. */
const NAMES_MAX = 2 ** 26;

/**
 * Says of a name that it is surely new, or that it may be known: a Bloom filter. A name once added is never called new. More names than it
 * was made for make it less sure, never wrong.
 */
export class NameFilter {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  /** @param names how many are expected */
  constructor(names: number) {
    const roomFor = Math.min(NAMES_MAX, Math.max(32, names));
    const bits = 2 ** Math.ceil(Math.log2(roomFor * BITS_PER_NAME));
    this.#bits = new Uint32Array(bits / 32);
    this.#mask = bits - 1;
  }

  add(name: string): void {
    let [at, step] = hashesOf(name);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const bit = (at & this.#mask) >>> 0;
      this.#bits[bit >>> 5]! |= 1 << (bit & 31);
      at = (at + step) | 0;
      step = (step + probe) | 0;
    }
  }

  mayHave(name: string): boolean {
    let [at, step] = hashesOf(name);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const bit = (at & this.#mask) >>> 0;
      if ((this.#bits[bit >>> 5]! & (1 << (bit & 31))) === 0) return false;
      at = (at + step) | 0;
      step = (step + probe) | 0;
    }
    return true;
  }
}

/** FNV-1a over the text's code units, and a second hash of the same, each mixed to its end (MurmurHash3's finalizer). */
function hashesOf(name: string): [first: number, second: number] {
  let [first, second] = [0x811c9dc5, 0x9747b28c];
  for (let index = 0; index < name.length; index += 1) {
    const unit = name.charCodeAt(index);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second ^ unit, 0x5bd1e995) + 0x7ed55d16;
  }
  return [mixed(first), mixed(second) | 1];
}

function mixed(hash: number): number {
  let mix = hash;
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return mix ^ (mix >>> 16);
}
