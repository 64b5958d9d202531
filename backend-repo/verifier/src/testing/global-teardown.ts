export default async function globalTeardown(): Promise<void> {
  await (globalThis as { stopVerifierPostgres?: () => Promise<void> }).stopVerifierPostgres?.();
}
