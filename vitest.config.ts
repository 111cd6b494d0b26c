import { configDefaults, defineConfig } from 'vitest/config';

/** What takes minutes stands in test/long and has a command of its own, so that `npm test` stays short. */
const LONG = 'test/long/**/*.test.ts';

// `npm run test:long` sets it: vitest's own command line cannot choose another list of files.
const long = process.env.RELIVED_LONG_TESTS === '1';

export default defineConfig({
  test: {
    include: long ? [LONG] : ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: long ? configDefaults.exclude : [...configDefaults.exclude, LONG],
    // Tests that own namespaces, sockets and processes share two cores: more workers only add jitter.
    maxWorkers: 2,
    testTimeout: long ? 120_000 : 60_000,
    hookTimeout: 60_000,
    // Whoever works on it shall see a test that fails now and then; it must not keep everybody else's change waiting.
    retry: process.env.CI === 'true' ? 1 : 0,
  },
});
