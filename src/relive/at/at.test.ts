/** What an operator reads of an instant, of recorded histories of real routers. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { unpack } from '../../../test/corpus/recording.ts';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { JournalReader } from '../../journal/reader.ts';
import * as registry from '../../machines/registry.ts';
import { type ActorAt, type NodeAt, nodeAt } from './gather.ts';
import { nodeLines } from './lines.ts';
import { delaysIn, TIMED_STATES } from './timers.ts';

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A router of a recorded incident at one of its moments. */
function seen(incident: string, host: string, moment = 'end', actor: string | null = null): NodeAt {
  const directory = temporaryDirectory('at');
  directories.push(directory);
  const wallUs = unpack(incident, directory)[moment] ?? 0;
  const reader = new JournalReader(join(directory, host));
  try {
    return nodeAt(reader, host, reader.seqAt(wallUs), wallUs, actor);
  } finally {
    reader.close();
  }
}

function actorOf(node: NodeAt, name: string): ActorAt {
  const found = node.actors.find(({ actor }) => actor === name);
  if (found === undefined) throw new Error(`no ${name}: ${node.actors.map(({ actor }) => actor).join(' ')}`);
  return found;
}

const linesOf = (node: NodeAt): string => nodeLines(node, true, false).join('\n');

interface ChartNode {
  readonly after?: Readonly<Record<string, unknown>>;
  readonly states?: Readonly<Record<string, ChartNode>>;
}

/** Every state of a machine in which a timer runs, as `region.state`. */
function timedStates({ after, states = {} }: ChartNode, path: readonly string[] = []): [string, string][] {
  const own = Object.keys(after ?? {}).map((delay): [string, string] => [path.join('.'), delay]);
  const inner = Object.entries(states).flatMap(([name, state]) => timedStates(state, [...path, name]));
  return [...own, ...inner];
}

describe('timers', () => {
  it('are known of every state of every machine that has one', () => {
    const known = Object.values(registry).flatMap((each: unknown) => {
      const { name, machine } = (each ?? {}) as {
        readonly name?: string;
        readonly machine?: { readonly config: ChartNode };
      };
      if (name === undefined || machine === undefined) return [];
      const timed = timedStates(machine.config);
      return timed.length === 0 ? [] : [[name.split('@')[0], Object.fromEntries(timed)]];
    });
    expect(TIMED_STATES).toEqual(Object.fromEntries(known));
  });

  it('are found beside other regions, inside others or alone', () => {
    expect(delaysIn('ipvs', { running: { sync: 'alone', requests: 'refused' } })).toEqual(['again']);
    expect(delaysIn('ipvs', { running: { sync: 'alone', requests: 'granted' } })).toEqual([]);
    expect(delaysIn('vrrp', { protocol: 'master', garp: 'announced', addresses: 'untidy' })).toEqual([
      'garpDelay',
      'tidyRetry',
    ]);
    expect([delaysIn('bfd', 'adminDown'), delaysIn('tracker', { well: 'losing' })]).toEqual([
      ['reopen'],
      ['lossDelay'],
    ]);
    expect(delaysIn('vrrp', null)).toEqual([]);
  });

  it('have what was left of them then', () => {
    const { timers } = actorOf(seen('preemption-with-delay', 'a', 'waiting'), 'vrrp/VI_1');
    const left = new Map(timers.map(({ name, leftUs }) => [name, leftUs ?? -1]));
    expect([...left.keys()].sort()).toEqual(['master down', 'vrrp.preemptDelay']);
    // Three intervals of half a second and the skew; three seconds of delay, half of which has passed.
    expect(left.get('master down')).toBeGreaterThan(1_000_000);
    expect(left.get('master down')).toBeLessThan(1_708_000);
    expect(left.get('vrrp.preemptDelay')).toBeGreaterThan(1_000_000);
    expect(left.get('vrrp.preemptDelay')).toBeLessThan(2_000_000);
  });

  it('of a master: its next advert', () => {
    const node = seen('preemption-with-delay', 'b', 'waiting');
    const { timers, held, adverts } = actorOf(node, 'vrrp/VI_1');
    expect(timers).toMatchObject([{ name: 'next advert' }]);
    expect(timers[0]?.leftUs).toBeLessThanOrEqual(501_000);
    expect(adverts).toMatchObject([{ direction: 'sent', priority: 100 }]);
    expect(held).toEqual(['10.77.0.100/24']);
    expect(linesOf(node)).toMatch(/VI_1 +master +100 +- .*next advert in \d+ ms +10\.77\.0\.100\/24/);
  });

  it('of the delay after a start', () => {
    const node = seen('startup-delay', 'a');
    expect(linesOf(node)).toMatch(/VI_1 +backup\.holding .*startupHold in 1\d\.\d+ s/);
  });
});

describe('an instant', () => {
  it('has the last advert of every router that was heard', () => {
    const { adverts } = actorOf(seen('three-routers', 'c'), 'vrrp/VI_1');
    expect(adverts.map(({ source, priority }) => `${source} ${priority}`)).toEqual([
      '10.77.0.2 100',
      '10.77.0.1 150',
    ]);
  });

  it('has routes as well as addresses', () => {
    const { heldRoutes } = actorOf(seen('route-deleted', 'a'), 'vrrp/VI_1');
    expect(heldRoutes).toEqual(['route 198.51.100.0/24 via 10.77.0.2 dev eth0 table 254']);
  });

  it('says why an instance cannot take part, and what its tracker found', () => {
    const text = linesOf(seen('script-fails', 'a'));
    expect(text).toMatch(/VI_1 +fault: script\/chk +150/);
    expect(text).toMatch(/script\/chk +failed +exit 3 +VI_1 fault/);
  });

  it('has a priority that something has changed', () => {
    const text = linesOf(seen('script-costs-priority', 'a'));
    expect(text).toMatch(/VI_1 +backup\.listening +90 of 150 +10\.77\.0\.2 100/);
    expect(text).toMatch(/VI_1 -60/);
  });

  it('has pools: who is alive, what each weighs, and the quorum', () => {
    const lost = linesOf(seen('quorum-lost', 'r'));
    expect(lost).toMatch(/\[10\.77\.0\.100\]:tcp:80 +1 of 2 alive +quorum down +1 of 2/);
    expect(lost).toMatch(/\[10\.77\.0\.2\]:tcp:80 +up +1 .*passing/);
    expect(lost).toMatch(/\[10\.77\.0\.3\]:tcp:80 +down +- .*failing.*status 503/);
    expect(linesOf(seen('server-drained', 'r'))).toMatch(/\[10\.77\.0\.2\]:tcp:80 +drained +0/);
  });

  it('is that of one actor of any kind, if one is asked for', () => {
    const tracker = seen('script-fails', 'a', 'end', 'tracker/script/chk');
    expect(tracker.actors.map(({ actor }) => actor)).toEqual(['tracker/script/chk']);
    const real = 'real/[10.77.0.100]:tcp:80/[10.77.0.3]:tcp:80';
    expect(linesOf(seen('quorum-lost', 'r', 'end', real))).toMatch(/\[10\.77\.0\.3\]:tcp:80 +down/);
  });

  it('has everything that was recorded, if that is asked for', () => {
    const text = nodeLines(seen('script-fails', 'a'), true, true).join('\n');
    expect(text).toMatch(/faultReasons +\["tracker\/script\/chk"\]/);
  });
});
