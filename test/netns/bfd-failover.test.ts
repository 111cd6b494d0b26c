import { it } from 'vitest';
import { relived } from '../../src/lab/routers.ts';
import { bfdFailover } from '../harness/bfd-failover.ts';

it('a session with a weight puts its router below the other one while it is down', async () => {
  await bfdFailover(relived, 'up weight -80');
}, 120_000);
