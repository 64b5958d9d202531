interface Servers {
  testPostgres?: { stop: () => Promise<void> };
  testRedis?: { kill: () => Promise<void> };
  testContract?: { remove: () => Promise<void> };
}

export default async function globalTeardown(): Promise<void> {
  const { testPostgres, testRedis, testContract } = globalThis as Servers;
  await testRedis?.kill();
  await testPostgres?.stop();
  await testContract?.remove();
}
