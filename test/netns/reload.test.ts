/** SIGHUP: what did not change does not notice, what did changes in place; seen from journal, kernel and wire. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredRow } from '../../src/journal/model.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { AddressWatch } from '../harness/address-watch.ts';
import { type Capture, capture } from '../harness/capture.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

interface Settings {
  readonly name?: string;
  readonly id: number;
  readonly priority?: number;
  readonly addresses: readonly string[];
  readonly extra?: string;
}

/** Adverts every 100 ms, so that a lost one shows at once. No second burst of ARPs falls into what is watched. */
function instance({ name, id, priority = 100, addresses, extra = '' }: Settings): string {
  return `vrrp_instance ${name ?? `VI_${id}`} {
  version 3
  interface eth0
  virtual_router_id ${id}
  priority ${priority}
  advert_int 0.1
  garp_master_delay 0
  ${extra}
  virtual_ipaddress {
    ${addresses.join('\n    ')}
  }
}
`;
}

/** VRID and priority of each advert, as it arrives at the other host. */
function adverts({ frames }: Capture): { id: number; priority: number }[] {
  const IPV4 = 28;
  return frames.map((frame) => ({
    id: Number.parseInt(frame.slice(IPV4 + 42, IPV4 + 44), 16),
    priority: Number.parseInt(frame.slice(IPV4 + 44, IPV4 + 46), 16),
  }));
}

/** A router on a LAN of its own, its configuration file, and what others see of it. */
class Subject {
  readonly lan: Lan;
  readonly router: RouterProcess;
  readonly addresses: AddressWatch;
  readonly wire: Capture;
  readonly #file: string;

  private constructor(
    lan: Lan,
    router: RouterProcess,
    seen: { addresses: AddressWatch; wire: Capture; file: string },
  ) {
    this.lan = lan;
    this.router = router;
    this.addresses = seen.addresses;
    this.wire = seen.wire;
    this.#file = seen.file;
  }

  static async start(program: RouterProgram, configuration: string): Promise<Subject> {
    const lan = await createLan({ hosts: ['a', 'host'] });
    const addresses = await AddressWatch.start(lan, 'a');
    const wire = await capture(lan, 'host', 'ip proto 112');
    let file = '';
    const named: RouterProgram = (place) => {
      file = place.configuration;
      return program(place);
    };
    const directory = temporaryDirectory('reload');
    const router = await RouterProcess.start(lan, 'a', { program: named, configuration, directory });
    return new Subject(lan, router, { addresses, wire, file });
  }

  /** Writes the file, asks for a reload, and waits until it has been carried out or refused. */
  async reload(configuration: string, sign = 'Reload complete'): Promise<void> {
    writeFileSync(this.#file, configuration);
    const count = () => this.router.log.split(sign).length;
    const before = count();
    this.router.signal('SIGHUP');
    await waitFor(() => count() > before, { deadlineMs: 20_000, what: `"${sign}" in\n${this.router.log}` });
  }

  /** Waits until exactly these are held. */
  async holds(...wanted: string[]): Promise<void> {
    const all = ['10.77.0.100', '10.77.0.101', '10.77.0.102'];
    await waitFor(() => all.every((one) => this.addresses.holds(one) === wanted.includes(one)), {
      deadlineMs: 15_000,
      intervalMs: 5,
      what: `${wanted} held, in\n${this.router.log}`,
    });
  }

  /** Waits for this many more adverts of a virtual router, and gives their priorities. */
  async hears(id: number, count: number): Promise<number[]> {
    const from = this.wire.frames.length;
    const own = () =>
      adverts(this.wire)
        .slice(from)
        .filter((advert) => advert.id === id);
    await waitFor(() => own().length >= count, { deadlineMs: 10_000, what: `${count} adverts of ${id}` });
    return own().map(({ priority }) => priority);
  }

  async end(): Promise<void> {
    await this.router.stop();
    await this.wire.stop();
    await this.lan.destroy();
  }
}

/** What the journal has, once it has this many reloads (asked for and refused ones, too). */
async function rows({ router }: Subject, reloads: number): Promise<readonly StoredRow[]> {
  const read = (): readonly StoredRow[] => {
    const reader = new JournalReader(router.files.journal);
    try {
      return [...reader.rows()];
    } finally {
      reader.close();
    }
  };
  let found = read();
  const done = () => {
    found = read();
    return found.filter(({ event }) => event.type.startsWith('configuration.')).length >= reloads;
  };
  await waitFor(done, { deadlineMs: 10_000, what: `${reloads} reloads in the journal` });
  return found;
}

const ONE = { id: 51, addresses: ['10.77.0.100/24'] };
const TWO = { id: 52, addresses: ['10.77.0.101/24'] };

describe('relived', { timeout: 90_000 }, () => {
  let subject: Subject;
  const both = instance(ONE) + instance(TWO);

  beforeAll(async () => {
    subject = await Subject.start(relived, both);
    await subject.holds('10.77.0.100', '10.77.0.101');
  }, 60_000);

  afterAll(() => subject?.end());

  it('of an unchanged file changes nothing: no step, no change in the kernel, no advert too few or too many', async () => {
    await subject.hears(51, 5);
    const [changes, from] = [subject.addresses.changes.length, subject.wire.frames.length];
    await subject.reload(both);
    await subject.reload(both);
    await subject.hears(51, 5);
    expect(subject.addresses.changes.length).toBe(changes);
    const told = await rows(subject, 2);
    const reloads = told.filter(({ event }) => event.type === 'configuration.reloaded');
    expect(reloads.map(({ event }) => event)).toMatchObject([
      { configGeneration: 2, kept: ['vrrp/VI_51', 'vrrp/VI_52'], changed: [], added: [], removed: [] },
      { configGeneration: 3, kept: ['vrrp/VI_51', 'vrrp/VI_52'] },
    ]);
    const first = told.findIndex(({ event }) => event.type === 'configuration.reloaded');
    const steps = told.slice(first).filter(({ actor }) => actor.startsWith('vrrp/'));
    // A loaded machine does not always let the process run: that is no step of the reload, and explains a gap as long.
    const stalls = steps.filter(({ event }) => event.type === 'self.stalled');
    expect(steps.filter((row) => !stalls.includes(row))).toEqual([]);
    const stalledMs = stalls.reduce((sum, { event }) => sum + Number(event.stalledUs) / 1_000, 0);
    const times = adverts(subject.wire).flatMap(({ id }, at) =>
      at >= from && id === 51 ? [(subject.wire.timesUs[at] ?? 0) / 1_000] : [],
    );
    const intervals = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 100;
    // One every 100 ms, as the kernel saw them arrive: neither an extra one for each reload nor a gap.
    expect(times.length - 1).toBeLessThan(intervals + 2 + stalledMs / 100);
    expect(times.length - 1).toBeGreaterThan(intervals - 2 - stalledMs / 100);
  });

  it('refuses a file with errors, names them, and goes on', async () => {
    await subject.reload(both.replace('interface eth0', 'interfase eth0'), 'the reload is refused');
    expect(subject.router.log).toMatch(/Line 1\) error: 'VI_51' has no interface/);
    await subject.hears(51, 3);
    expect((await rows(subject, 3)).at(-1)?.event.type).toBe('configuration.refused');
  });

  it('refuses what can only change at a restart', async () => {
    await subject.reload(`net_namespace other\n${both}`, 'the reload is refused');
    expect(subject.router.log).toContain('Cannot change net_namespace at a reload - please restart');
    await subject.hears(51, 3);
  });

  it('a new priority goes out at once, and nothing else changes', async () => {
    const changes = subject.addresses.changes.length;
    await subject.reload(instance({ ...ONE, priority: 120 }) + instance(TWO));
    expect(new Set(await subject.hears(51, 3))).toEqual(new Set([120]));
    expect(new Set(await subject.hears(52, 3))).toEqual(new Set([100]));
    expect(subject.addresses.changes.length).toBe(changes);
  });

  it('an instance that is renamed goes on', async () => {
    const changes = subject.addresses.changes.length;
    await subject.reload(instance({ ...ONE, name: 'other', priority: 120 }) + instance(TWO));
    await subject.hears(51, 3);
    expect(subject.addresses.changes.length).toBe(changes);
    const { stdout } = await relive('status', '--socket', subject.router.files.control);
    expect(stdout).toMatch(/other\b.*master/i);
    await subject.reload(both);
  });

  it('an address that moves between two instances stays on the machine all the time', async () => {
    const moved = { ...ONE, addresses: ['10.77.0.101/24'] };
    const changes = subject.addresses.changes.length;
    await subject.reload(instance(moved) + instance({ ...TWO, addresses: ['10.77.0.100/24'] }));
    await Promise.all([subject.hears(51, 3), subject.hears(52, 3)]);
    expect(subject.addresses.changes.slice(changes)).toEqual([]);
    await subject.reload(both);
    await Promise.all([subject.hears(51, 3), subject.hears(52, 3)]);
    expect(subject.addresses.changes.slice(changes)).toEqual([]);
    expect(subject.router.log).not.toContain('was deleted by somebody else');
  });

  it('takes and gives single addresses', async () => {
    const changes = subject.addresses.changes.length;
    await subject.reload(instance({ ...ONE, addresses: ['10.77.0.102/24'] }) + instance(TWO));
    await subject.holds('10.77.0.101', '10.77.0.102');
    expect(subject.addresses.changes.slice(changes).map(({ address, held }) => [address, held])).toEqual([
      ['10.77.0.100', false],
      ['10.77.0.102', true],
    ]);
    await subject.reload(both);
    await subject.holds('10.77.0.100', '10.77.0.101');
  });

  it('an instance that is gone resigns and leaves nothing; a new one starts', async () => {
    await subject.reload(instance(ONE));
    await subject.holds('10.77.0.100');
    // Its last words are on the wire by the time the other one has spoken three times more.
    await subject.hears(51, 3);
    expect(adverts(subject.wire).filter(({ id, priority }) => id === 52 && priority === 0)).toHaveLength(1);
    await subject.reload(both);
    await subject.holds('10.77.0.100', '10.77.0.101');
    await subject.hears(52, 3);
  });

  it('one that cannot be the same, by its virtual router id, is another one under its name', async () => {
    const other = { ...TWO, id: 53, name: 'VI_52' };
    await subject.reload(instance(ONE) + instance(other));
    await subject.holds('10.77.0.100', '10.77.0.101');
    await subject.hears(53, 3);
    const last = (await rows(subject, 1)).findLast(({ event }) => event.type === 'configuration.reloaded');
    expect(last?.event).toMatchObject({
      kept: ['vrrp/VI_51'],
      added: ['vrrp/VI_52'],
      removed: ['vrrp/VI_52'],
    });
  });

  it('another one under a name follows what the former followed, though nothing is new there', async () => {
    const load = join(dirname(subject.router.configuration), 'load');
    writeFileSync(load, '7\n');
    const file = `track_file load {\n  file ${load}\n  weight 1\n}\n`;
    const follower = { ...TWO, extra: 'track_file {\n    load\n  }' };
    await subject.reload(file + instance(follower));
    await subject.holds('10.77.0.101');
    await subject.reload(file + instance({ ...follower, id: 54, name: 'VI_52' }));
    await subject.holds('10.77.0.101');
    expect(new Set(await subject.hears(54, 3))).toEqual(new Set([107]));
  });

  it('has a history that verifies', async () => {
    await subject.router.stop();
    const { code, stdout } = await relive('verify', '-j', subject.router.files.journal);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/./)]);
  });
});

describe('a sync group that is backup', { timeout: 60_000 }, () => {
  const group = (...ids: number[]): string =>
    `vrrp_sync_group G {\n  group {\n    ${ids.map((id) => `VI_${id}`).join('\n    ')}\n  }\n}\n`;
  const THREE = { id: 53, addresses: ['10.77.0.102/24'] };

  it('has members that join it, and others under the name of one, take part', async () => {
    const subject = await Subject.start(relived, group(51, 52) + instance(ONE) + instance(TWO));
    const { lan } = subject;
    try {
      await subject.holds('10.77.0.100', '10.77.0.101');
      const master = [ONE, { ...TWO, id: 62 }, TWO, THREE]
        .map((one) => instance({ ...one, priority: 200 }))
        .join('');
      const other = await RouterProcess.start(lan, 'host', {
        ...{ program: relived, configuration: master, directory: temporaryDirectory('reload') },
      });
      await subject.holds();
      await subject.reload(group(51, 52, 53) + instance(ONE) + instance(TWO) + instance(THREE));
      await subject.reload(
        group(51, 52, 53) + instance(ONE) + instance({ ...TWO, id: 62, name: 'VI_52' }) + instance(THREE),
      );
      await other.stop();
      await subject.holds('10.77.0.100', '10.77.0.101', '10.77.0.102');
    } finally {
      await subject.end();
    }
  });
});

describe('beside keepalived', { timeout: 60_000 }, () => {
  it('the same reloads lead to the same holder of the same addresses and the same priorities', async () => {
    const story = [
      instance({ ...ONE, priority: 120 }) + instance(TWO),
      instance({ ...ONE, name: 'other', addresses: ['10.77.0.102/24'] }) + instance(TWO),
      instance({ ...ONE, name: 'other', addresses: ['10.77.0.102/24'] }),
    ];
    const told = await Promise.all(
      [relived, keepalived].map(async (program) => {
        const subject = await Subject.start(program, instance(ONE) + instance(TWO));
        try {
          await subject.holds('10.77.0.100', '10.77.0.101');
          const seen = [];
          for (const [at, configuration] of story.entries()) {
            await subject.reload(configuration, program === relived ? 'Reload complete' : 'Reload');
            await subject.holds(
              ...(at === 0 ? ['10.77.0.100'] : ['10.77.0.102']),
              ...(at < 2 ? ['10.77.0.101'] : []),
            );
            const latest = (await subject.hears(51, 4)).at(-1);
            seen.push({ addresses: (await subject.lan.addresses('a')).sort(), latest });
          }
          return seen;
        } finally {
          await subject.end();
        }
      }),
    );
    expect(told[0]).toEqual(told[1]);
  });
});
