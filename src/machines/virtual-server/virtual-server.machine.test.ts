import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { ActorEvent, Effect } from '../declare.ts';
import { virtualServerDefinition } from '../registry.ts';
import type { TableWeight, VirtualServerEffect } from './virtual-server.effects.ts';
import type { VirtualServerEvent } from './virtual-server.events.ts';
import { REAL_A, REAL_B, REAL_C, realServer, SORRY, virtualServerInput } from './virtual-server.fixture.ts';
import type { VirtualServerInput } from './virtual-server.input.ts';

const changed = (real: string, alive: boolean, weight = 1): VirtualServerEvent => ({
  type: 'real.changed',
  real,
  alive,
  weight,
});
const REALS = [REAL_A, REAL_B, REAL_C];
const STOP: VirtualServerEvent = { type: 'shutdown.requested', reason: 'SIGTERM' };

const COUNTS = { added: 0, changed: 0, removed: 0 };
const APPLIED: VirtualServerEvent = { type: 'table.applied', ...COUNTS };
const REFUSED: VirtualServerEvent = { type: 'table.refused', ...COUNTS, refused: 1, errors: [] };

type Changes = Partial<VirtualServerInput> & { readonly startWeights?: readonly (number | null)[] };

function inputOf({ startWeights = [1, 1, 1], ...changes }: Changes): VirtualServerInput {
  const realServers = REALS.map((actor, place) => realServer(actor, startWeights[place]));
  return virtualServerInput({ realServers, ...changes });
}

/** A virtual server, and what happens to it. */
class VirtualServer {
  #now;
  effects: readonly Effect[] = [];
  /** The table as its effects have it. */
  table: TableWeight[] = [];

  constructor(changes: Changes = {}) {
    this.#now = startActor(virtualServerDefinition, inputOf(changes) as never);
  }

  after(...events: VirtualServerEvent[]): this {
    for (const event of events) {
      this.#now = evaluate(virtualServerDefinition, this.#now.snapshot, event as ActorEvent);
      this.effects = this.#now.effects;
      for (const { type, params } of this.effects as readonly VirtualServerEffect[]) {
        if (type === 'holdServices') this.table = [...params.weights];
        if (type === 'setDestinations')
          for (const { place, weight } of params.changes) this.table[place] = weight;
        if (type === 'releaseServices') this.table = [];
      }
    }
    return this;
  }

  /** It begins, and so do its real servers. */
  static started(changes: Changes = {}, startWeights: Changes['startWeights'] = [1, 1, 1]): VirtualServer {
    return new VirtualServer({ startWeights, ...changes }).after({ type: 'virtual.started', driven: true });
  }

  get state() {
    return (this.#now.state as JsonObject).quorum;
  }

  get tableState() {
    return (this.#now.state as JsonObject).table;
  }

  get delta() {
    return this.#now.delta;
  }

  /** What the last event made it ask of the table. */
  get asked(): readonly string[] {
    return this.effects.map(({ type }) => type).filter((type) => type !== 'notify');
  }

  /** What the last event made it tell. */
  get said(): readonly string[] {
    return this.effects.flatMap(({ type, params }) => {
      if (type !== 'notify') return [];
      expect([params.scope, params.name]).toEqual(['VS', '[10.0.0.1]:tcp:80']);
      return [`${String(params.state)}${params.stopping === true ? ' stopping' : ''}`];
    });
  }
}

const NONE = [null, null, null];

describe('at start', () => {
  it('tells that it has its quorum', () => {
    const server = VirtualServer.started({ quorum: 2 }, [1, 1, null]);
    expect([server.state, server.said]).toEqual(['up', ['UP']]);
    expect(VirtualServer.started({ quorum: 2, hysteresis: 1 }, [1, 1, null]).state).toBe('down');
  });

  it('tells that it has none only where somebody serves in its place', () => {
    const silent = VirtualServer.started({}, NONE);
    expect([silent.state, silent.said]).toEqual(['down', []]);
    const sorry = VirtualServer.started({ sorryServer: SORRY }, NONE);
    expect([sorry.state, sorry.said]).toEqual(['down', ['DOWN']]);
  });

  it('knows what it was told before', () => {
    const server = new VirtualServer({ startWeights: NONE }).after(changed(REAL_B, true));
    expect(server.after({ type: 'virtual.started', driven: true }).said).toEqual(['UP']);
  });
});

describe('the quorum', () => {
  it('is lost below quorum less hysteresis and gained from quorum and hysteresis on', () => {
    const server = VirtualServer.started({ quorum: 4, hysteresis: 1 }, [2, 2, 2]);
    expect(server.state).toBe('up');
    expect(server.after(changed(REAL_A, false, 2)).state).toBe('up');
    expect(server.after(changed(REAL_B, false, 2)).said).toEqual(['DOWN']);
    expect(server.after(changed(REAL_B, true, 2)).state).toBe('down');
    expect(server.after(changed(REAL_A, true, 1)).said).toEqual(['UP']);
  });

  it('is lost when nothing is left, whatever it is', () => {
    const server = VirtualServer.started({ quorum: 0 }, [1, null, null]);
    expect(server.after(changed(REAL_A, true, 0)).said).toEqual(['DOWN']);
    expect(server.after(changed(REAL_A, true, 1)).said).toEqual(['UP']);
  });

  it('is not there from the start when all weigh nothing: the sorry server serves', () => {
    const server = VirtualServer.started({ quorum: 0, sorryServer: SORRY }, [0, 0, 0]);
    expect([server.state, server.said, server.table]).toEqual(['down', ['DOWN'], [null, null, null, 1]]);
  });

  it('behaves as keepalived computes it', () => {
    const facts = fc.array(
      fc.tuple(fc.constantFrom(...REALS), fc.boolean(), fc.integer({ min: 0, max: 4 })),
      {
        maxLength: 40,
      },
    );
    const property = fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 7 }),
      facts,
      (quorum, hysteresis, all) => {
        const server = VirtualServer.started({ quorum, hysteresis: Math.min(hysteresis, quorum - 1) }, NONE);
        const margin = Math.min(hysteresis, quorum - 1);
        const weights = new Map<string, number>();
        let up = false;
        for (const [real, alive, weight] of all) {
          server.after(changed(real, alive, weight));
          weights.set(real, alive ? weight : 0);
          const sum = [...weights.values()].reduce((total, one) => total + one, 0);
          if (!up && sum >= quorum + margin) up = true;
          else if (up && (sum === 0 || sum < quorum - margin)) up = false;
          expect(server.state).toBe(up ? 'up' : 'down');
        }
      },
    );
    fc.assert(property, { seed: Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000), numRuns: 300 });
  });
});

describe('at the end', () => {
  it('tells with omega alone, with a quorum or without', () => {
    expect(VirtualServer.started().after(STOP).said).toEqual([]);
    const omega = { notifiesStop: true };
    expect(VirtualServer.started(omega).after(STOP).said).toEqual(['DOWN stopping']);
    expect(VirtualServer.started(omega, NONE).after(STOP).said).toEqual(['DOWN stopping']);
  });

  it('tells that it is gone from the configuration, and nothing more after that', () => {
    const server = VirtualServer.started({ notifiesStop: true }).after({ type: 'virtual.removed' });
    expect(server.said).toEqual(['DOWN']);
    expect(server.after(STOP).said).toEqual([]);
    const down = VirtualServer.started({}, NONE).after({ type: 'virtual.removed' });
    expect(down.said).toEqual([]);
  });
});

describe('a new configuration', () => {
  const reconfigured = (changes: Partial<VirtualServerInput>): VirtualServerEvent => ({
    type: 'virtual.reconfigured',
    input: inputOf(changes),
  });

  it('has another quorum at once', () => {
    const server = VirtualServer.started({}, [1, 1, null]).after(reconfigured({ quorum: 3 }));
    expect([server.state, server.said]).toEqual(['down', ['DOWN']]);
    expect(server.after(reconfigured({ quorum: 2 })).said).toEqual(['UP']);
  });

  it('forgets real servers that are gone, and counts new ones as they start', () => {
    const server = VirtualServer.started({}, [1, null, null]);
    const others = { realServers: [realServer(REAL_C), realServer(REAL_B)] };
    expect(server.after(reconfigured(others)).said).toEqual(['DOWN']);
    expect(server.after(changed(REAL_A, true)).state).toBe('down');
    expect(server.after(changed(REAL_C, true)).said).toEqual(['UP']);
    const realServers = [realServer(REAL_B, 9), realServer(REAL_A, 5), realServer(REAL_C, 9)];
    const more = { realServers, quorum: 6 };
    expect(server.after(reconfigured(more)).state).toBe('up');
    expect(server.after(changed(REAL_C, false)).said).toEqual(['DOWN']);
  });
});

describe('the table', () => {
  it('is left alone where there is none', () => {
    const server = new VirtualServer().after({ type: 'virtual.started', driven: false });
    expect([server.tableState, server.asked, server.said]).toEqual(['observed', [], ['UP']]);
    expect(server.after(changed(REAL_A, false)).asked).toEqual([]);
    expect(server.after(STOP).tableState).toBe('withdrawn');
  });

  it('has those that are alive, and changes with each of them alone', () => {
    const server = VirtualServer.started({}, [1, 2, null]);
    expect([server.tableState, server.asked, server.table]).toEqual([
      'applying',
      ['holdServices'],
      [1, 2, 'asFound'],
    ]);
    expect(server.after(APPLIED).tableState).toBe('applied');
    expect(server.after(changed(REAL_B, false, 2)).effects).toEqual([
      { type: 'setDestinations', params: { changes: [{ place: 1, server: '10.0.0.3 80', weight: null }] } },
    ]);
    expect([server.tableState, server.after(APPLIED).tableState]).toEqual(['applying', 'applied']);
    expect(server.after(changed(REAL_B, false, 2)).asked).toEqual([]);
    expect([server.tableState, server.after(changed(REAL_C, true, 0)).table]).toEqual([
      'applied',
      [1, null, 0],
    ]);
    expect(server.after(changed(REAL_A, false)).table).toEqual([null, null, 0]);
  });

  it('leaves those that are only assumed to be down as they were found, until more is known', () => {
    const server = VirtualServer.started({}, [1, null, null]).after(changed(REAL_B, false));
    expect(server.table).toEqual([1, null, 'asFound']);
    expect(server.after(changed(REAL_B, false)).asked).toEqual([]);
    const input = inputOf({ realServers: [realServer(REAL_C, null), realServer(REAL_B, null)] });
    expect(server.after({ type: 'virtual.reconfigured', input }).table).toEqual(['asFound', null]);
    expect(server.after(changed(REAL_C, true)).table).toEqual([1, null]);
  });

  it('keeps those that are inhibited, with weight 0', () => {
    const inhibit = true as const;
    const realServers = [realServer(REAL_A, 3, { inhibit }), realServer(REAL_B, null, { inhibit })];
    const server = VirtualServer.started({ realServers });
    expect(server.table).toEqual([3, 'asFoundOrIdle']);
    expect(server.after(changed(REAL_A, false, 3)).table).toEqual([0, 'asFoundOrIdle']);
    expect(server.after(changed(REAL_B, true, 7)).table).toEqual([0, 7]);
    expect(server.after(changed(REAL_B, false)).table).toEqual([0, 0]);
  });

  it('has the sorry server alone while there is no quorum', () => {
    const server = VirtualServer.started({ sorryServer: SORRY, quorum: 2 }, [1, 1, null]);
    expect(server.table).toEqual([1, 1, 'asFound', null]);
    expect(server.after(changed(REAL_C, false)).table).toEqual([1, 1, null, null]);
    expect(server.after(changed(REAL_A, false)).table).toEqual([null, null, null, 1]);
    expect([server.asked, server.said]).toEqual([['setDestinations'], ['DOWN']]);
    // Alive or not, it is the sorry server's turn.
    expect(server.after(changed(REAL_B, false)).asked).toEqual([]);
    expect(server.after(changed(REAL_C, true)).asked).toEqual([]);
    expect(server.after(changed(REAL_B, true)).table).toEqual([null, 1, 1, null]);
    const none = VirtualServer.started({ sorryServer: SORRY }, NONE);
    expect(none.table).toEqual(['asFound', 'asFound', 'asFound', 1]);
  });

  it('takes nobody out for the sorry server before all have been heard of', () => {
    const server = VirtualServer.started({ sorryServer: SORRY, quorum: 2 }, NONE);
    expect(server.after(changed(REAL_A, true)).table).toEqual(['asFound', 'asFound', 'asFound', 1]);
    expect(server.after(changed(REAL_B, false)).table).toEqual(['asFound', null, 'asFound', 1]);
    expect(server.after(changed(REAL_C, false)).table).toEqual([null, null, null, 1]);
    const other = VirtualServer.started({ sorryServer: SORRY, quorum: 2 }, NONE);
    expect(other.after(changed(REAL_A, true)).after(changed(REAL_C, true)).table).toEqual([
      ...[1, 'asFound', 1, null],
    ]);
  });

  it('keeps a sorry server that is inhibited, and inhibited servers beside it', () => {
    const inhibit = true as const;
    const realServers = [realServer(REAL_A, 1, { inhibit }), realServer(REAL_B, 1)];
    const server = VirtualServer.started({ sorryServer: { ...SORRY, inhibit }, realServers, quorum: 2 });
    expect(server.table).toEqual([1, 1, 0]);
    expect(server.after(changed(REAL_B, false)).table).toEqual([0, null, 1]);
    expect(server.after(changed(REAL_B, true)).table).toEqual([1, 1, 0]);
  });

  it('is mended when somebody else has changed it, but not while it is being changed', () => {
    const drift: VirtualServerEvent = {
      ...{ type: 'table.drifted', missing: 1, changed: 0, unwanted: 0 },
      entries: ['[10.0.0.1]:tcp:80 -> [10.0.0.2]:80 missing'],
    };
    const server = VirtualServer.started();
    expect(server.after(drift).asked).toEqual([]);
    expect(server.after(APPLIED, drift).asked).toEqual(['mendServices']);
    expect([server.tableState, server.after(REFUSED).tableState]).toEqual(['mending', 'refused']);
    expect(server.after(drift).asked).toEqual(['mendServices']);
    expect(server.after(APPLIED).tableState).toBe('applied');
  });

  it('is known to stand or not also where nothing was asked for', () => {
    const server = VirtualServer.started().after(REFUSED);
    expect(server.after(APPLIED).tableState).toBe('applied');
    expect([server.after(REFUSED).tableState, server.asked]).toEqual(['refused', []]);
  });

  it('has what a reload says, of those that are alive', () => {
    const server = VirtualServer.started().after(APPLIED, changed(REAL_A, false));
    const input = inputOf({ realServers: [realServer(REAL_C, 9), realServer(REAL_A, 9)] });
    expect(server.after({ type: 'virtual.reconfigured', input }).asked).toEqual(['holdServices']);
    expect([server.table, server.tableState]).toEqual([[1, null], 'applying']);
  });

  it('has nothing at the end, unless all of it goes at once', () => {
    const server = VirtualServer.started().after(STOP);
    expect([server.asked, server.tableState]).toEqual([['releaseServices'], 'withdrawing']);
    expect(server.after(REFUSED).tableState).toBe('withdrawn');
    const removed = VirtualServer.started({ leavesTableAtStop: true }).after({ type: 'virtual.removed' });
    expect(removed.asked).toEqual(['releaseServices']);
    const left = VirtualServer.started({ leavesTableAtStop: true }).after(STOP);
    expect([left.asked, left.tableState]).toEqual([[], 'withdrawn']);
  });

  it('costs rows that do not grow with the number of real servers', () => {
    const actors = Array.from(
      { length: 5_000 },
      (_, at) => `real/[10.0.0.1]:tcp:80/[10.1.${at >> 8}.${at & 255}]:tcp:80`,
    );
    const server = VirtualServer.started({ realServers: actors.map((actor) => realServer(actor)) });
    let bytes = 0;
    for (const actor of actors) {
      server.after(changed(actor, false));
      bytes = Math.max(bytes, JSON.stringify([server.delta, server.effects]).length);
    }
    expect(bytes).toBeLessThan(600);
    expect([server.state, new Set(server.table)]).toEqual(['down', new Set([null])]);
  });
});

describe('mail', () => {
  const mailed = (virtual: VirtualServer): readonly string[] =>
    virtual.effects.flatMap(({ type, params }) =>
      type === 'mail' ? [`${String(params.subject)}: ${String(params.body)}`] : [],
    );
  const about = (state: 'UP' | 'DOWN', body: string): string =>
    `Virtualserver ${inputOf({}).name} - ${state}: ${body}`;
  const mailing = { quorum: 2, hysteresis: 1, mails: true, notifiesStop: true } as const;

  it('is sent of each change of the quorum, where that is asked for', () => {
    const virtual = VirtualServer.started(mailing);
    expect(mailed(virtual)).toEqual([about('UP', '=> Starting with quorum up 2+1=3 <= 3 <=')]);
    expect(mailed(virtual.after(changed(REAL_A, false)))).toEqual([]);
    const lost = virtual.after(changed(REAL_B, false), changed(REAL_C, false));
    expect(mailed(lost)).toEqual([about('DOWN', '=> Lost quorum 2+1=1 <= 0 <=')]);
    const gained = lost.after(...REALS.map((real) => changed(real, true)));
    expect(mailed(gained)).toEqual([about('UP', '=> Gained quorum 2+1=3 <= 3 <=')]);
    expect(mailed(gained.after(STOP))).toEqual([about('DOWN', '=> Shutting down <=')]);
    expect(mailed(VirtualServer.started({ quorum: 2, hysteresis: 1 }))).toEqual([]);
  });

  it('is sent of a service that a reload takes, and of one that starts without a quorum', () => {
    const virtual = VirtualServer.started(mailing);
    expect(mailed(virtual.after({ type: 'virtual.removed' }))).toEqual([
      about('DOWN', '=> Lost quorum 2+1=1 <= 0 <='),
    ]);
    const down = VirtualServer.started({ ...mailing, sorryServer: SORRY }, [null, null, null]);
    expect(mailed(down)).toEqual([about('DOWN', '=> Starting with quorum down 2+1=3 <= 0 <=')]);
  });
});

describe('checks of a service whose address is elsewhere', () => {
  const started = (held: boolean, changes: Changes = {}) =>
    new VirtualServer({ suspends: true, ...changes }).after({ type: 'virtual.started', driven: true, held });
  const checks = ({ effects }: VirtualServer) =>
    effects.map(({ type }) => type).filter((type) => /Checks/.test(type));

  it('wait until it is here, and again when it goes', () => {
    const away = started(false);
    expect(checks(away)).toEqual(['suspendChecks']);
    expect(away.asked).toContain('holdServices');
    expect(checks(away.after({ type: 'address.found' }))).toEqual(['resumeChecks']);
    expect(checks(away.after({ type: 'address.found' }))).toEqual([]);
    expect(checks(away.after({ type: 'address.lost' }))).toEqual(['suspendChecks']);
    expect([away.state, checks(away.after({ type: 'virtual.removed' }))]).toEqual(['up', ['resumeChecks']]);
    expect(checks(started(true))).toEqual([]);
  });

  it('are all the same to a service that does not ask for that', () => {
    const new_ = new VirtualServer().after({ type: 'virtual.started', driven: true, held: false });
    expect(checks(new_)).toEqual([]);
    expect(checks(new_.after({ type: 'address.lost' }))).toEqual([]);
  });

  it('follow a reload', () => {
    const reload = (held: boolean, suspends: boolean): VirtualServerEvent => ({
      ...{ type: 'virtual.reconfigured', held },
      input: inputOf(suspends ? { suspends: true } : {}),
    });
    const server = started(false);
    expect(checks(server.after(reload(false, true)))).toEqual([]);
    expect(checks(server.after(reload(false, false)))).toEqual(['resumeChecks']);
    expect(checks(server.after(reload(false, true)))).toEqual(['suspendChecks']);
    expect(checks(server.after(reload(true, true)))).toEqual(['resumeChecks']);
  });
});
