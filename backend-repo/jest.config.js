import { withoutRedis } from './jest-redis.mjs';

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src'],
  testPathIgnorePatterns: ['/node_modules/', ...withoutRedis()],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/jest-strip.cjs' },
  globalSetup: '<rootDir>/src/testing/global-setup.ts',
  globalTeardown: '<rootDir>/src/testing/global-teardown.ts',
  testTimeout: 20_000,
  // A worker has nothing open when it ends, but much memory to give back, which takes longer than jest's half second while the machine is busy.
  workerGracefulExitTimeout: 10_000,
  // One more than CI has cores: a test waits for its database a quarter of its time.
  maxWorkers: 3,
};
