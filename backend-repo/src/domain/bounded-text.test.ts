import { expect, test } from '@jest/globals';
import { textWithin } from './bounded-text.ts';

let ended: boolean;
async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  ended = false;
  try {
    for (const text of texts) yield Buffer.from(text, 'latin1');
  } finally {
    ended = true;
  }
}

test('what is as long as it may be is read whole, and letters that are cut between two pieces are put together', async () => {
  expect(await textWithin(4, pieces('\xc3', '\xa9tc'))).toBe('étc');
  expect(await textWithin(0, pieces())).toBe('');
  expect(await textWithin(0, null)).toBe('');
});

test('what is a byte longer is nothing, and its source is ended where that shows', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield* pieces('four');
  }
  expect(await textWithin(11, endless())).toBeNull();
  expect(ended).toBe(true);
});
