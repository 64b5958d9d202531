// Runs docs/trade-token-vectors.json against the built package, on whichever Node starts it: `npm run build && npm run smoke`.
// Short on purpose: it is also the pattern for a runner in another language.
import { deepStrictEqual } from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { createVerifier, memoryNonceStore } from '@our-domain/trade-token-verifier';

const file = ['../../../docs/', '../../docs/'].map((folder) => new URL(`${folder}trade-token-vectors.json`, import.meta.url)).find((place) => existsSync(place));
const { now: fileNow, options, keys, vectors, sequences } = JSON.parse(readFileSync(file, 'utf8'));

async function run(steps) {
  let clock = fileNow;
  const now = () => clock;
  const { orderTerms = 'basic' } = steps[0];
  const verifier = createVerifier({ ...options, ...keys, orderTerms, store: memoryNonceStore({ now }), now });
  for (const { name, token, order, exchangeUserId, now: at, record, expect } of steps) {
    clock = at ?? fileNow;
    const result = await verifier.verify(token, order, { exchangeUserId });
    for (const [field, value] of Object.entries(expect)) deepStrictEqual({ ...result[field] }, { ...value }, name);
    deepStrictEqual([result.ok, result.code], [expect.ok, expect.code], name);
    if (record) await verifier.recordResult(result.jti, record);
  }
}

for (const vector of vectors) await run([vector]);
for (const { steps } of sequences) await run(steps);
process.stdout.write(`${vectors.length} vectors and ${sequences.length} sequences hold on Node ${process.version}\n`);
