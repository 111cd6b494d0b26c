/** keepalived in the place of relived: what the story of test/netns/bfd-failover.test.ts expects is what it does. */
import { it } from 'vitest';
import { keepalived } from '../../src/lab/routers.ts';
import { bfdFailover } from '../harness/bfd-failover.ts';

it.concurrent.each(['up', 'up weight -80'])('track_bfd %s', (line) => bfdFailover(keepalived, line), 180_000);
