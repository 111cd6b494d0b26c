import { it } from 'vitest';
import { fuzzRunningDaemon } from '../harness/bfd-fuzz.ts';

const PACKETS = Number(process.env.RELIVED_PACKETS ?? 100_000);

it(`a running daemon counts ${PACKETS} mutated BFD packets as what they are`, async () => {
  await fuzzRunningDaemon(PACKETS);
}, 900_000);
