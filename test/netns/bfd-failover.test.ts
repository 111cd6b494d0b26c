import { it } from 'vitest';
import { relived } from '../../src/lab/routers.ts';
import { bfdFailover } from '../harness/bfd-failover.ts';

it.concurrent(
  'a session with weight 0 brings fault while it is down',
  () => bfdFailover(relived, 'up'),
  120_000,
);

it.concurrent('a session with a weight puts its router below the other one while it is down', async () => {
  await bfdFailover(relived, 'up weight -80');
}, 120_000);
