import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { ActorEvent, Effect } from '../declare.ts';
import { virtualServerDefinition } from '../registry.ts';
import type { VirtualServerEvent } from './virtual-server.events.ts';
import { REAL_A, REAL_B, REAL_C, virtualServerInput } from './virtual-server.fixture.ts';
import type { VirtualServerInput } from './virtual-server.input.ts';

const changed = (real: string, alive: boolean, weight = 1): VirtualServerEvent => ({
  type: 'real.changed',
  real,
  alive,
  weight,
});
const REALS = [REAL_A, REAL_B, REAL_C];
const STOP: VirtualServerEvent = { type: 'shutdown.requested', reason: 'SIGTERM' };

/** A virtual server, and what happens to it. */
class VirtualServer {
  #now;
  effects: readonly Effect[] = [];

  constructor(changes: Partial<VirtualServerInput> = {}) {
    this.#now = startActor(virtualServerDefinition, virtualServerInput(changes) as never);
  }

  after(...events: VirtualServerEvent[]): this {
    for (const event of events) {
      this.#now = evaluate(virtualServerDefinition, this.#now.snapshot, event as ActorEvent);
      this.effects = this.#now.effects;
    }
    return this;
  }

  /** It begins, and so do its real servers. */
  static started(changes: Partial<VirtualServerInput> = {}, startWeights = [1, 1, 1]): VirtualServer {
    return new VirtualServer({ startWeights, ...changes }).after({ type: 'virtual.started' });
  }

  get state() {
    return this.#now.state;
  }

  /** What the last event made it tell. */
  get said(): readonly string[] {
    return this.effects.map(({ type, params }) => {
      expect([type, params.scope, params.name]).toEqual(['notify', 'VS', '[10.0.0.1]:tcp:80']);
      return `${String(params.state)}${params.stopping === true ? ' stopping' : ''}`;
    });
  }
}

const NONE = [0, 0, 0];

describe('at start', () => {
  it('tells that it has its quorum', () => {
    const server = VirtualServer.started({ quorum: 2 }, [1, 1, 0]);
    expect([server.state, server.said]).toEqual(['up', ['UP']]);
    expect(VirtualServer.started({ quorum: 2, hysteresis: 1 }, [1, 1, 0]).state).toBe('down');
  });

  it('tells that it has none only where somebody serves in its place', () => {
    const silent = VirtualServer.started({}, NONE);
    expect([silent.state, silent.said]).toEqual(['down', []]);
    const sorry = VirtualServer.started({ sorryServer: '[10.0.0.9]:tcp:80' }, NONE);
    expect([sorry.state, sorry.said]).toEqual(['down', ['DOWN']]);
  });

  it('knows what it was told before', () => {
    const server = new VirtualServer({ startWeights: NONE }).after(changed(REAL_B, true));
    expect(server.after({ type: 'virtual.started' }).said).toEqual(['UP']);
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
    const server = VirtualServer.started({ quorum: 0 }, [1, 0, 0]);
    expect(server.after(changed(REAL_A, true, 0)).said).toEqual(['DOWN']);
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
    input: virtualServerInput(changes),
  });

  it('has another quorum at once', () => {
    const server = VirtualServer.started({}, [1, 1, 0]).after(reconfigured({ quorum: 3 }));
    expect([server.state, server.said]).toEqual(['down', ['DOWN']]);
    expect(server.after(reconfigured({ quorum: 2 })).said).toEqual(['UP']);
  });

  it('forgets real servers that are gone, and counts new ones as they start', () => {
    const server = VirtualServer.started({}, [1, 0, 0]);
    const others = { realServers: [REAL_C, REAL_B], startWeights: [1, 1] };
    expect(server.after(reconfigured(others)).said).toEqual(['DOWN']);
    expect(server.after(changed(REAL_A, true)).state).toBe('down');
    expect(server.after(changed(REAL_C, true)).said).toEqual(['UP']);
    const more = { realServers: [REAL_B, REAL_A, REAL_C], startWeights: [9, 5, 9], quorum: 6 };
    expect(server.after(reconfigured(more)).state).toBe('up');
    expect(server.after(changed(REAL_C, false)).said).toEqual(['DOWN']);
  });
});
