import { readFileSync, writeFileSync } from 'node:fs';
import { bundleContract } from './bundle-contract.ts';
import { CONTRACT_FILE } from './contract.ts';

// `npm run contract` says whether docs/openapi.yaml is what docs/openapi/*.yaml make; with --write it makes it so.
const bundled = bundleContract();
if (process.argv.includes('--write')) {
  writeFileSync(CONTRACT_FILE, bundled);
} else if (readFileSync(CONTRACT_FILE, 'utf8') !== bundled) {
  process.stderr.write('docs/openapi.yaml is not what docs/openapi/*.yaml make. Run scripts/check-contract --write.\n');
  process.exit(1);
}
