export default async function globalTeardown(): Promise<void> {
  (globalThis as { stopVerifierRedis?: () => void }).stopVerifierRedis?.();
  await (globalThis as { stopVerifierPostgres?: () => Promise<void> }).stopVerifierPostgres?.();
}
