/** Every story of test/harness/semantics-stories in every pairing of relived and Debian's keepalived. */
import { vi } from 'vitest';
import { PAIRS, tell } from '../harness/scene.ts';
import { MORE_STORIES, STORIES } from '../harness/semantics-stories.ts';

vi.setConfig({ maxConcurrency: 6 });

tell([...STORIES, ...MORE_STORIES], PAIRS);
