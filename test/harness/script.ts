/** Random scripts for a pair of routers: what is configured, and what happens one after the other. One seed, one script. */

import { waitFor } from '../../src/lab/run.ts';
import type { SeededRandom } from '../sim/seeded-random.ts';
import type { Host, Pair, PairOptions } from './pair.ts';

export type Operation =
  | { readonly kind: 'start' | 'stop' | 'kill' | 'cut' | 'heal'; readonly host: Host }
  | { readonly kind: 'block'; readonly host: Host; readonly direction: 'both' | 'in' | 'out' };

export interface Script {
  readonly options: Omit<PairOptions, 'programs'>;
  readonly operations: readonly Operation[];
  /** Longest Master_Down_Interval of the two. */
  readonly masterDownMs: number;
}

const HOSTS: readonly Host[] = ['a', 'b'];

function pick<T>(random: SeededRandom, from: readonly T[]): T {
  const picked = from[random.integer(0, from.length - 1)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

/** Two owners are left out: keepalived's versions differ in what they do then. */
function priorities(random: SeededRandom): { a: number; b: number } {
  const b = pick(random, [1, 50, 100, 254]);
  return { a: random.chance(0.35) ? b : pick(random, [1, 90, 150, 254, 255]), b };
}

/** What can happen now; `broken` are hosts whose cable is cut or blocked. */
function possible(running: ReadonlySet<Host>, broken: ReadonlySet<Host>): Operation[] {
  return HOSTS.flatMap((host): Operation[] => [
    ...(running.has(host)
      ? ([
          { kind: 'stop', host },
          { kind: 'kill', host },
        ] as const)
      : ([{ kind: 'start', host }] as const)),
    ...(broken.has(host)
      ? ([{ kind: 'heal', host }] as const)
      : ([
          { kind: 'cut', host },
          { kind: 'block', host, direction: 'both' },
          { kind: 'block', host, direction: 'in' },
          { kind: 'block', host, direction: 'out' },
        ] as const)),
  ]);
}

/** Starts and heals come more often: two routers that meet again after each was master decide the most. */
function draw(random: SeededRandom, running: ReadonlySet<Host>, broken: ReadonlySet<Host>): Operation {
  const choices = possible(running, broken);
  const bringing = choices.filter(({ kind }) => kind === 'start' || kind === 'heal');
  return pick(random, random.chance(0.5) && bringing.length > 0 ? bringing : choices);
}

export function drawScript(random: SeededRandom): Script {
  const version = random.chance(0.3) ? 2 : 3;
  const intervals = { a: version === 2 ? 1 : pick(random, [0.1, 0.2]), b: 1 };
  intervals.b = version === 2 ? 1 : pick(random, [0.1, 0.2]);
  const nopreempt = random.chance(0.3);
  // The last advert_int counts; version 3 learns the master's.
  const extra = {
    a: `${nopreempt ? 'nopreempt\n' : ''}advert_int ${intervals.a}`,
    b: `${nopreempt && random.chance(0.5) ? 'nopreempt\n' : ''}advert_int ${intervals.b}`,
  };
  const states = random.chance(0.2) ? { a: 'MASTER' as const } : {};
  const options = {
    version,
    unicast: random.chance(0.4),
    priorities: priorities(random),
    states,
    extra,
  } as const;
  const running = new Set<Host>();
  const broken = new Set<Host>();
  const operations: Operation[] = [];
  // Mostly both, for what happens to one router alone is soon told.
  const opening = HOSTS.map((host): Operation => ({ kind: 'start', host }));
  if (random.chance(0.5)) opening.reverse();
  if (random.chance(0.2)) opening.pop();
  for (let left = version === 2 ? 6 : 8; left > 0; left--) {
    const operation = opening[operations.length] ?? draw(random, running, broken);
    const { kind, host } = operation;
    if (kind === 'start') running.add(host);
    if (kind === 'stop' || kind === 'kill') running.delete(host);
    if (kind === 'cut' || kind === 'block') broken.add(host);
    if (kind === 'heal') broken.delete(host);
    operations.push(operation);
  }
  return { options, operations, masterDownMs: Math.max(intervals.a, intervals.b) * 4_000 };
}

export function describeOperation(operation: Operation): string {
  const { kind, host } = operation;
  return operation.kind === 'block' ? `${kind} ${host} ${operation.direction}` : `${kind} ${host}`;
}

export async function perform(pair: Pair, operation: Operation): Promise<void> {
  const { kind, host } = operation;
  switch (kind) {
    case 'start':
      return start(pair, host);
    case 'cut':
      return pair.lan.cut(host);
    case 'block':
      return pair.lan.block(host, operation.direction);
    case 'heal':
      await pair.lan.heal(host);
      return refreshNeighbours(pair);
    default:
      return pair[kind](host);
  }
}

/** Starting a process may take seconds on a busy machine, and only then do its timers begin to run. */
async function start(pair: Pair, host: Host): Promise<void> {
  const before = pair.log(host).length;
  await pair.start(host);
  await waitFor(() => /entering (backup|master|fault) state/i.test(pair.log(host).slice(before)), {
    deadlineMs: 20_000,
    what: `first state of ${host}`,
  });
}

/**
 * After a block the kernel may still believe that the neighbour of a unicast router does not answer ARP, and drop its
 * adverts for up to a second more. That is the machine's doing and no router's, so it is over before anybody is judged.
 */
async function refreshNeighbours({ lan }: Pair): Promise<void> {
  for (const host of HOSTS) {
    const other = lan.address(host === 'a' ? 'b' : 'a');
    await lan.exec(host, ['ping', '-q', '-c', '1', '-W', '2', other], { allowFailure: true });
  }
}
