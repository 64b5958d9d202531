import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';

/** The demo's own secrets, made at its first start and kept: without them its database does not open. Production sets them itself. */
export async function demoSecrets(file: string): Promise<Record<string, string>> {
  const kept = await readJson(file);
  const made = Object.fromEntries(['ENCRYPTION_KEY', 'JWT_SECRET', 'SERVICE_API_TOKEN', 'FUNDING_SECRET'].map((name) => [name, randomBytes(32).toString('base64url')]));
  const secrets = { ...made, ...kept };
  await writePrivately(file, secrets);
  return secrets;
}

export async function readJson(file: string): Promise<Record<string, string> | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Record<string, string>);
}

/** Whole or not at all, and for its owner only. */
export async function writePrivately(file: string, value: unknown): Promise<void> {
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(fresh, file);
}
