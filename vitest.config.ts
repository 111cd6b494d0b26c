import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes minutes stands in test/long and has a command of its own, so that `npm test` stays short. */
const LONG = 'test/long/**/*.test.ts';

// `npm run test:long` sets it: vitest's own command line cannot choose another list of files.
const long = process.env.RELIVED_LONG_TESTS === '1';

/** They take longest: whichever of them began when the others are done would be waited for. */
const LONGEST = [
  'test/browser/view.test.ts',
  'test/browser/timeline.test.ts',
  'test/browser/audit.test.ts',
  'test/sim/simulator.test.ts',
  'test/browser/wall.test.ts',
  'test/netns/heartbeat-keepalived.test.ts',
  'test/netns/kernel-objects.test.ts',
  'test/netns/interop.test.ts',
  'test/netns/heartbeat-compliance.test.ts',
  'test/netns/adverts-between-workers.test.ts',
];

/** vitest goes by the size of a file, which says little of its time. Units come last: the shorter what ends, the better. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`));
      if (place !== -1) return place;
      return LONGEST.length + (project.name === 'units' ? 1 : 0);
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // Tests that own namespaces, sockets and processes share two cores: more workers only add jitter.
    maxWorkers: 2,
    testTimeout: long ? 120_000 : 60_000,
    hookTimeout: 60_000,
    // Whoever works on it shall see a test that fails now and then; it must not keep everybody else's change waiting.
    retry: process.env.CI === 'true' ? 1 : 0,
    // What tests start are mostly the same few programs, again and again.
    env: {
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(import.meta.dirname, 'build/compiled'),
    },
    sequence: { sequencer: LongestFirst },
    projects: long
      ? [{ extends: true, test: { name: 'long', include: [LONG] } }]
      : [
          {
            extends: true,
            test: {
              ...{ name: 'programs', include: ['test/**/*.test.ts'] },
              exclude: [...configDefaults.exclude, LONG],
            },
          },
          {
            extends: true,
            test: {
              ...{ name: 'units', include: ['src/**/*.test.ts'] },
              // A process for each would cost more than most of them do. So they leave nothing behind in theirs.
              isolate: false,
            },
          },
        ],
  },
});
