const typescript = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/jest-strip.cjs' },
  globals: { __WIDGET_VERSION__: '0.0.0-test', __WIDGET_API_URL__: 'http://localhost:8080', __TRADING_PATH__: '', __TRADING_INTEGRITY__: '' },
};
const browser = { ...typescript, testEnvironment: 'node' };

export default {
  maxWorkers: 2,
  // A worker has nothing open when it ends, but much memory to give back, which takes longer than jest's half second while the machine is busy.
  workerGracefulExitTimeout: 10_000,
  projects: [
    { ...typescript, displayName: 'unit', testEnvironment: 'jsdom', roots: ['<rootDir>/src'], setupFiles: ['<rootDir>/tests/support/jsdom-setup.ts'] },
    { ...browser, displayName: 'e2e', roots: ['<rootDir>/tests/e2e'] },
    { ...browser, displayName: 'system', roots: ['<rootDir>/tests/system'] },
  ],
};
