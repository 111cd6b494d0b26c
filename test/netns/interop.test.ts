import { vi } from 'vitest';
import { tellElections, tellMore } from '../harness/interop.ts';

// Each pair mostly waits for adverts; but the more start at once, the longer each start takes.
vi.setConfig({ maxConcurrency: 8 });

const MIXED = [
  ['relived', 'keepalived'],
  ['keepalived', 'relived'],
] as const;

// Version 2, and each program with itself: test/long/interop.
tellElections(3, MIXED);
tellMore(MIXED);
