/** Three members of a sync group, disturbed while signals are on their way: every state that they can reach. */
import { expect, it } from 'vitest';
import {
  DELETED,
  Exploration,
  HIGHER,
  LINK_DOWN,
  LINK_UP,
  SILENT,
  wrongs,
} from '../../src/machines/sync-group/product.fixture.ts';

it('is of one mind whenever nothing is on its way, and never at a dead end', () => {
  const exploration = new Exploration({
    members: 3,
    mostInFlight: 1,
    outside: [SILENT, HIGHER, LINK_DOWN, LINK_UP, DELETED],
  });
  console.log(`${exploration.states.size} states, ${exploration.settled.length} of them settled`);
  expect(exploration.settled.flatMap((product) => wrongs(exploration, product)).slice(0, 3)).toEqual([]);
  for (const role of ['master', 'backup', 'fault']) {
    const leading = exploration.leadingTo(
      (product) => product.queue.length === 0 && exploration.roles(product).every((each) => each === role),
    );
    expect([...exploration.states.keys()].filter((key) => !leading.has(key)).slice(0, 3)).toEqual([]);
  }
}, 600_000);
