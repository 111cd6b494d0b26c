import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { ActorEvent, Effect } from '../declare.ts';
import { realServerDefinition } from '../registry.ts';
import type { WeightWord } from '../signals.ts';
import type { RealServerEvent } from './real-server.events.ts';
import { CHECKER, OTHER_CHECKER, realServerInput } from './real-server.fixture.ts';
import type { RealServerInput } from './real-server.input.ts';

const changed = (passed: boolean, checker = CHECKER): RealServerEvent => ({
  type: 'checker.changed',
  checker,
  passed,
});
const weighed = (weight: WeightWord, checker = CHECKER): RealServerEvent => ({
  ...{ type: 'checker.changed', checker, passed: true, weight },
});
const reconfigured = (changes: Partial<RealServerInput>): RealServerEvent => ({
  type: 'real.reconfigured',
  input: realServerInput(changes),
});
const BOTH_ALPHA = {
  checkers: [
    { actor: CHECKER, alpha: true },
    { actor: OTHER_CHECKER, alpha: true },
  ],
};

/** A real server that was started, and what happens to it. */
class RealServer {
  #now;
  effects: readonly Effect[] = [];
  /** By the last of the facts that came before it began. */
  saidBefore: readonly string[] = [];

  constructor(changes: Partial<RealServerInput> = {}, before: readonly RealServerEvent[] = []) {
    this.#now = startActor(realServerDefinition, realServerInput(changes) as never);
    this.after(...before);
    if (before.length > 0) this.saidBefore = this.said;
    this.after({ type: 'real.started' });
  }

  after(...events: RealServerEvent[]): this {
    for (const event of events) {
      this.#now = evaluate(realServerDefinition, this.#now.snapshot, event as ActorEvent);
      this.effects = this.#now.effects;
    }
    return this;
  }

  get state() {
    return this.#now.state;
  }

  get mailed(): readonly string[] {
    const mails = this.effects.filter(({ type }) => type === 'mail');
    return mails.map(({ params }) => `${String(params.subject)}: ${String(params.body)}`);
  }

  /** What the last event made it say, in order: to scripts and FIFOs, and to its virtual server. */
  get said(): readonly string[] {
    const told = this.effects.filter(({ type }) => type !== 'mail');
    return told.map(({ type, params }) => {
      if (type === 'notify') return `${String(params.state)}${params.stopping === true ? ' stopping' : ''}`;
      const { alive, weight } = params.event as { alive: boolean; weight: number };
      return `${alive ? 'alive' : 'not alive'} ${weight}`;
    });
  }
}

describe('at start', () => {
  it('is up until a checker fails, which its virtual server knows', () => {
    const real = new RealServer({ weight: 7 });
    expect([real.state, real.said]).toEqual(['up', []]);
    expect(new RealServer({ notifiesStart: true }).said).toEqual(['UP']);
    expect(new RealServer({ checkers: [] }).state).toBe('up');
  });

  it('is down with alpha until all have passed, and tells of first failures', () => {
    const real = new RealServer({ ...BOTH_ALPHA, notifiesStart: true });
    expect([real.state, real.said]).toEqual(['down', []]);
    expect(real.after(changed(false)).said).toEqual(['DOWN', 'not alive 1']);
    expect(real.after(changed(true)).said).toEqual([]);
    expect(real.state).toBe('down');
    expect(real.after(changed(true, OTHER_CHECKER)).said).toEqual(['UP', 'alive 1']);
    expect(real.state).toBe('up');
  });
});

describe('a first failure that nobody but its virtual server is to hear of', () => {
  const asAssumed: RealServerEvent = {
    type: 'checker.changed',
    checker: CHECKER,
    passed: false,
    assumed: true,
  };

  it('is told to that where it was assumed', () => {
    const real = new RealServer({ ...BOTH_ALPHA, mails: 'checks' }).after(asAssumed);
    expect([real.state, real.said, real.mailed]).toEqual(['down', ['not alive 1'], []]);
  });

  it('is one like any other where the server was up', () => {
    const real = new RealServer().after(asAssumed);
    expect([real.state, real.said]).toEqual(['down', ['DOWN', 'not alive 1']]);
  });
});

describe('what is known before it begins', () => {
  it('counts from the start, and its virtual server knows', () => {
    const down = new RealServer({}, [changed(false)]);
    expect([down.state, down.saidBefore, down.said]).toEqual(['down', ['not alive 1'], []]);
    const heavier = new RealServer({ weight: 2 }, [weighed({ adds: 3 })]);
    expect([heavier.state, heavier.saidBefore]).toEqual(['up', ['alive 5']]);
    expect(new RealServer({}, [changed(true)]).saidBefore).toEqual([]);
  });
});

describe('its weight', () => {
  it('is the sum of what its checks make of it, which its virtual server hears when it differs', () => {
    const real = new RealServer({ weight: 10 }).after(weighed({ is: 15 }));
    expect(real.said).toEqual(['alive 15']);
    expect(real.after(weighed({ adds: -3 }, OTHER_CHECKER)).said).toEqual(['alive 12']);
    expect(real.after(weighed({ is: 15 })).said).toEqual([]);
    expect(real.after(changed(true)).said).toEqual(['alive 7']);
    expect(real.after(weighed({ is: 13 }), weighed({ adds: 0 }, OTHER_CHECKER)).said).toEqual(['alive 13']);
  });

  it('is nothing that IPVS would not take, however far the sum goes', () => {
    const real = new RealServer({ weight: 10 }).after(weighed({ adds: -40 }));
    expect(real.said).toEqual(['alive 0']);
    expect(real.state).toBe('up');
    expect(real.after(weighed({ adds: 20 }, OTHER_CHECKER)).said).toEqual([]);
    expect(real.after(weighed({ adds: 2_147_483_647 })).said).toEqual(['alive 2147483647']);
  });

  it('no longer depends on a check that fails, or is gone', () => {
    const real = new RealServer({ weight: 10 }).after(weighed({ is: 200 }), changed(false));
    expect(real.said).toEqual(['DOWN', 'not alive 10']);
    expect(real.after(changed(true)).said).toEqual(['UP', 'alive 10']);
    real.after(weighed({ is: 200 }), weighed({ adds: 1 }, OTHER_CHECKER));
    const checkers = [{ actor: OTHER_CHECKER, alpha: false }];
    expect(real.after(reconfigured({ weight: 10, checkers })).said).toEqual(['alive 11']);
  });

  it('that a program gives stays when a reload changes the configured one', () => {
    const real = new RealServer({ weight: 10 }).after(weighed({ is: 200 }));
    expect(real.after(reconfigured({ weight: 20 })).said).toEqual([]);
    expect(real.after(changed(true)).said).toEqual(['alive 20']);
  });
});

describe('while it runs', () => {
  it('is down from the first failure to the last success', () => {
    const real = new RealServer().after(changed(true), changed(true, OTHER_CHECKER));
    expect(real.said).toEqual([]);
    expect(real.after(changed(false)).said).toEqual(['DOWN', 'not alive 1']);
    expect(real.after(changed(false, OTHER_CHECKER)).said).toEqual([]);
    expect(real.after(changed(true)).said).toEqual([]);
    expect(real.state).toBe('down');
    expect(real.after(changed(true, OTHER_CHECKER)).said).toEqual(['UP', 'alive 1']);
  });

  it('does not care for checkers of others', () => {
    const real = new RealServer().after(changed(false, 'checker/x/y/1'));
    expect([real.state, real.said]).toEqual(['up', []]);
  });
});

describe('mail', () => {
  const by = (passed: boolean, body: string, checker = CHECKER): RealServerEvent => ({
    ...{ type: 'checker.changed', checker, passed, mail: body },
  });
  const mail = (state: 'UP' | 'DOWN', body: string): string =>
    `Realserver [10.0.0.2]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - ${state}: ${body}`;

  it('is sent of each check that changes, with what that makes of the server', () => {
    const real = new RealServer({ mails: 'checks' }).after(by(true, 'first'));
    expect(real.mailed).toEqual([]);
    expect(real.after(by(false, 'a')).mailed).toEqual([mail('DOWN', 'a')]);
    expect(real.after(by(false, 'again')).mailed).toEqual([]);
    expect(real.after(by(false, 'b', OTHER_CHECKER)).mailed).toEqual([mail('DOWN', 'b')]);
    expect(real.after(by(true, 'c')).mailed).toEqual([mail('DOWN', 'c')]);
    expect(real.after(by(true, 'd', OTHER_CHECKER)).mailed).toEqual([mail('UP', 'd')]);
  });

  it('is sent only where the server changes, if that is asked for', () => {
    const real = new RealServer({ mails: 'itself' }).after(by(false, 'a'));
    expect(real.mailed).toEqual([mail('DOWN', 'a')]);
    expect(real.after(by(false, 'b', OTHER_CHECKER)).mailed).toEqual([]);
    expect(real.after(by(true, 'c')).mailed).toEqual([]);
    expect(real.after(by(true, 'd', OTHER_CHECKER)).mailed).toEqual([mail('UP', 'd')]);
  });

  it('is not sent of what was assumed, nor of a weight or a file', () => {
    const real = new RealServer({ ...BOTH_ALPHA, mails: 'checks' }).after(by(false, 'a'));
    expect(real.mailed).toEqual([]);
    expect(real.after(by(true, 'b')).mailed).toEqual([mail('DOWN', 'b')]);
    expect(real.after(by(true, 'c', OTHER_CHECKER)).mailed).toEqual([mail('UP', 'c')]);
    expect(real.after(weighed({ is: 3 })).mailed).toEqual([]);
    expect(real.after(changed(false)).mailed).toEqual([]);
    expect(new RealServer().after(by(false, 'a')).mailed).toEqual([]);
  });

  it('is sent of the end as scripts are told of it', () => {
    const stop: RealServerEvent = { type: 'shutdown.requested', reason: 'SIGTERM' };
    expect(new RealServer({ mails: 'checks' }).after(stop).mailed).toEqual([]);
    expect(new RealServer({ mails: 'itself', notifiesStop: true }).after(stop).mailed).toEqual([
      mail('DOWN', '=> Shutting down <='),
    ]);
    expect(new RealServer({ mails: 'checks' }).after({ type: 'real.removed' }).mailed).toEqual([
      mail('DOWN', '=> Removing <='),
    ]);
  });
});

describe('at the end', () => {
  it('tells with omega alone, and only what was up', () => {
    const stop: RealServerEvent = { type: 'shutdown.requested', reason: 'SIGTERM' };
    expect(new RealServer().after(stop).said).toEqual([]);
    expect(new RealServer({ notifiesStop: true }).after(stop).said).toEqual(['DOWN stopping']);
    expect(new RealServer({ notifiesStop: true }).after(changed(false), stop).said).toEqual([]);
  });

  it('tells that it is gone from the configuration, if it was up', () => {
    expect(new RealServer().after({ type: 'real.removed' }).said).toEqual(['DOWN']);
    expect(new RealServer().after(changed(false), { type: 'real.removed' }).said).toEqual([]);
  });
});

describe('a new configuration', () => {
  it('keeps its health, and tells a new weight while it is alive', () => {
    const real = new RealServer().after(reconfigured({ weight: 5 }));
    expect([real.state, real.said]).toEqual(['up', ['alive 5']]);
    expect(real.after(reconfigured({ weight: 5 })).said).toEqual([]);
    expect(real.after(changed(false), reconfigured({ weight: 6 })).said).toEqual([]);
    expect(real.state).toBe('down');
    expect(real.after(changed(true)).said).toEqual(['UP', 'alive 6']);
  });

  it('lets it go up when no checker is left that has failed', () => {
    const real = new RealServer().after(changed(false));
    real.after(reconfigured({ checkers: [{ actor: OTHER_CHECKER, alpha: false }] }));
    expect([real.state, real.said]).toEqual(['up', ['UP', 'alive 1']]);
  });

  it('counts a new checker with alpha as failed while another one has failed, else not', () => {
    const third = { actor: 'checker/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80/3', alpha: true };
    const checkers = [...realServerInput().checkers, third];
    const up = new RealServer().after(reconfigured({ checkers }));
    expect(up.state).toBe('up');
    const down = new RealServer().after(changed(false), reconfigured({ checkers }), changed(true));
    expect(down.state).toBe('down');
    expect(down.after(changed(true, third.actor)).state).toBe('up');
  });
});

describe('an order of the operator', () => {
  it('drains it: alive with weight 0, until it is ready again', () => {
    const real = new RealServer({ weight: 7 }).after({ type: 'operator.drain' });
    expect([real.state, real.said]).toEqual(['drained', ['alive 0']]);
    expect(real.after(weighed({ adds: 3 })).said).toEqual([]);
    expect(real.after(changed(false)).said).toEqual(['DOWN', 'not alive 0']);
    expect(real.after(changed(true)).said).toEqual(['UP', 'alive 0']);
    expect(real.state).toBe('drained');
    expect(real.after({ type: 'operator.ready' }).said).toEqual(['alive 7']);
    expect(real.state).toBe('up');
  });

  it('says nothing of one that is only assumed to be down, but that it is out for maintenance', () => {
    const weight: RealServerEvent = { type: 'operator.weight', weight: 3 };
    expect(new RealServer(BOTH_ALPHA, [weight]).saidBefore).toEqual([]);
    expect(new RealServer(BOTH_ALPHA).after(weight).said).toEqual([]);
    expect(new RealServer(BOTH_ALPHA).after({ type: 'operator.drain' }).said).toEqual([]);
    const out = new RealServer(BOTH_ALPHA).after({ type: 'operator.maintenance' });
    expect([out.state, out.said]).toEqual(['maintenance', ['not alive 1']]);
  });

  it('takes it out for maintenance, and its checks say how it comes back', () => {
    const real = new RealServer().after({ type: 'operator.maintenance' });
    expect([real.state, real.said]).toEqual(['maintenance', ['DOWN', 'not alive 1']]);
    expect(real.after(changed(false)).said).toEqual([]);
    expect(real.after({ type: 'operator.ready' }).said).toEqual([]);
    expect(real.state).toBe('down');
    real.after({ type: 'operator.maintenance' });
    expect(real.after(changed(true)).said).toEqual([]);
    expect(real.after({ type: 'operator.drain' }).said).toEqual(['UP', 'alive 0']);
    expect(real.after({ type: 'operator.maintenance' }, { type: 'operator.ready' }).said).toEqual([
      'UP',
      'alive 1',
    ]);
  });

  it('gives it another weight, to which its checks add, over reloads', () => {
    const real = new RealServer({ weight: 10 }).after({ type: 'operator.weight', weight: 40 });
    expect(real.said).toEqual(['alive 40']);
    expect(real.after(weighed({ adds: -3 })).said).toEqual(['alive 37']);
    expect(real.after(weighed({ is: 5 })).said).toEqual(['alive 5']);
    expect(real.after(changed(true), reconfigured({ weight: 20 })).said).toEqual([]);
    expect(real.after({ type: 'operator.weight', weight: null }).said).toEqual(['alive 20']);
  });
});
