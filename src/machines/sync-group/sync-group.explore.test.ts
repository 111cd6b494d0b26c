import { describe, expect, it } from 'vitest';
import { vrrpDefinition } from '../registry.ts';
import { vrrpMachine } from '../vrrp/vrrp.machine.ts';
import {
  DELETED,
  Exploration,
  HIGHER,
  LINK_DOWN,
  LINK_UP,
  type ProductOptions,
  REPLACED,
  SILENT,
  wrongs,
} from './product.fixture.ts';

function explore(options: ProductOptions): Exploration {
  const exploration = new Exploration(options);
  console.log(
    `${options.members} members, ${options.mostInFlight} in flight: ${exploration.states.size} states, ${exploration.settled.length} of them settled`,
  );
  return exploration;
}

describe.each([
  {
    members: 2,
    mostInFlight: 2,
    outside: [SILENT, HIGHER, LINK_DOWN, LINK_UP, DELETED],
  },
  { members: 3, mostInFlight: 0, outside: [SILENT, HIGHER, LINK_DOWN, LINK_UP] },
  { members: 2, mostInFlight: 1, outside: [SILENT, HIGHER, LINK_DOWN, LINK_UP, REPLACED] },
])('a sync group of $members, disturbed while $mostInFlight signals are on their way', (options) => {
  const exploration = explore(options);

  it('is of one mind whenever nothing is on its way', () => {
    expect(exploration.settled.flatMap((product) => wrongs(exploration, product)).slice(0, 3)).toEqual([]);
    expect(exploration.settled.some((product) => exploration.roles(product).includes('master'))).toBe(true);
    expect(exploration.settled.some((product) => exploration.roles(product).includes('fault'))).toBe(true);
  });

  it.each(['master', 'backup', 'fault'])('can become %s from everywhere', (role) => {
    const leading = exploration.leadingTo(
      (product) => product.queue.length === 0 && exploration.roles(product).every((each) => each === role),
    );
    expect([...exploration.states.keys()].filter((key) => !leading.has(key)).slice(0, 3)).toEqual([]);
  });
});

it('catches a member that becomes master whatever the group says', () => {
  const machine = vrrpMachine.provide({ guards: { mustAgree: () => false } });
  const exploration = new Exploration({
    members: 2,
    mostInFlight: 0,
    outside: [SILENT, HIGHER, LINK_DOWN, LINK_UP],
    definition: { ...vrrpDefinition, machine },
  });
  expect(exploration.settled.flatMap((product) => wrongs(exploration, product))).not.toEqual([]);
});
