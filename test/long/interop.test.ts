import { vi } from 'vitest';
import { tellElections, tellMore } from '../harness/interop.ts';

// Each pair mostly waits for adverts; but the more start at once, the longer each start takes.
vi.setConfig({ maxConcurrency: 8 });

/** What the mixed pairs do is right if each program does the same with itself: two keepalived are the oracle. */
const ALIKE = [
  ['keepalived', 'keepalived'],
  ['relived', 'relived'],
] as const;

tellElections(2, [...ALIKE, ['relived', 'keepalived'], ['keepalived', 'relived']]);
tellElections(3, ALIKE);
tellMore(ALIKE);
