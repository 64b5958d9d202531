export default async function globalTeardown(): Promise<void> {
  const { testPostgres, testRedis } = globalThis as { testPostgres?: { stop: () => Promise<void> }; testRedis?: { kill: () => Promise<void> } };
  await testRedis?.kill();
  await testPostgres?.stop();
}
