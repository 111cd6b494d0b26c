/** The story of test/netns/bfd-failover with a session that brings fault, and with keepalived: what it expects is what that does. */
import { it } from 'vitest';
import { keepalived, relived } from '../../src/lab/routers.ts';
import { bfdFailover } from '../harness/bfd-failover.ts';

it.concurrent('weight 0', () => bfdFailover(relived, 'up'), 180_000);

it.concurrent.each(['up', 'up weight -80'])(
  'keepalived, %s',
  (line) => bfdFailover(keepalived, line),
  180_000,
);
