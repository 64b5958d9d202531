import { startTestPostgres } from './postgres.ts';

export default async function globalSetup(): Promise<void> {
  const server = await startTestPostgres();
  process.env['TEST_POSTGRES'] = JSON.stringify(server.address);
  (globalThis as { testPostgres?: { stop: () => Promise<void> } }).testPostgres = server;
}
