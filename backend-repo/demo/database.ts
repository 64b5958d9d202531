import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCluster } from './cluster.ts';

/**
 * `npm run demo:database -- backup|restore FILE`: runs the command on the database of the demo in DATA_DIR, which may be at work. One that is
 * not is started for as long as the command takes.
 */
const dataDirectory = resolve(process.env['DATA_DIR'] ?? '.data');
const [command, file] = process.argv.slice(2);

async function main(): Promise<number> {
  if ((command !== 'backup' && command !== 'restore') || !file) throw new Error('npm run demo:database -- backup|restore FILE');
  const there = await stat(join(dataDirectory, 'postgres-password')).then(() => true, () => false);
  if (command === 'backup' && !there) throw new Error(`${dataDirectory} has no database. Set DATA_DIR to the folder of a demo, or DATABASE_URL to another database.`);
  const cluster = await startCluster({ dataDirectory });
  try {
    const program = fileURLToPath(new URL(`../src/${command}.ts`, import.meta.url));
    const child = spawn(process.execPath, [program, file], { stdio: 'inherit', env: { ...process.env, DATABASE_URL: cluster.url('postgres') } });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    if (!cluster.found) await cluster.stop();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
