import { it } from 'vitest';
import { fuzzRunningDaemon } from '../harness/bfd-fuzz.ts';

it(
  'a running daemon counts 4,000 mutated BFD packets as what they are',
  () => fuzzRunningDaemon(4_000),
  60_000,
);
