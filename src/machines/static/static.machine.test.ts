import { describe, expect, it } from 'vitest';
import { type Evaluation, evaluate, startActor } from '../../engine/evaluate.ts';
import type { KernelObjects } from '../kernel-objects.ts';
import { staticDefinition } from '../registry.ts';
import type { StaticEvent } from './static.events.ts';

const address = { address: '10.99.0.1', prefixLength: 24, interface: 'eth1' };
const route = { family: 'inet', type: 1, to: '10.98.0.0/16', table: 254, protocol: 18 } as const;
const rule = { family: 'inet', preference: 990, action: 'table', table: 99, protocol: 18 } as const;
const OBJECTS: KernelObjects = {
  addresses: [address],
  routes: [route, { ...route, untracked: true }],
  rules: [rule],
};

const STARTED: StaticEvent = { type: 'static.started' };
const ADDED: StaticEvent = { type: 'vips.added' };
const REMOVED: StaticEvent = { type: 'vips.removed' };
const FAILED: StaticEvent = { type: 'vips.addFailed', address: '10.99.0.1', error: 'EPERM' };
const DELETED: StaticEvent = { type: 'object.deleted', object: 'rule', name: '990: from all lookup 99' };
const STOP: StaticEvent = { type: 'shutdown.requested', reason: 'SIGTERM' };
const HELD = [STARTED, REMOVED, ADDED] as const;

function given(...events: StaticEvent[]): Evaluation {
  let last = startActor(staticDefinition, { objects: OBJECTS });
  for (const event of events) last = evaluate(staticDefinition, last.snapshot, { ...event });
  return last;
}

describe('static objects', () => {
  it('are deleted before they are set, as keepalived does: a killed predecessor may have left others like them', () => {
    const begun = given(STARTED);
    expect([begun.state, begun.effects]).toEqual(['clearing', [{ type: 'removeVips', params: OBJECTS }]]);
    const cleared = given(STARTED, REMOVED);
    expect([cleared.state, cleared.effects]).toEqual(['adding', [{ type: 'addVips', params: OBJECTS }]]);
    expect(given(...HELD).state).toBe('held');
    expect(given(STARTED, REMOVED, FAILED).state).toBe('incomplete');
  });

  it('are set again when somebody deletes one, but for those that are not tracked', () => {
    const again = given(...HELD, DELETED);
    const tracked = { addresses: [address], routes: [route], rules: [rule] };
    expect([again.state, again.effects]).toEqual(['reinstating', [{ type: 'addVips', params: tracked }]]);
    expect(given(...HELD, DELETED, ADDED).state).toBe('held');
    // Another one goes before the answer has come.
    expect(given(...HELD, DELETED, DELETED).effects).toHaveLength(1);
  });

  it('are set again when their link comes back', () => {
    expect(given(...HELD, { type: 'link.up', interface: 'eth1' }).effects).toHaveLength(1);
    expect(given(STARTED, REMOVED, FAILED, { type: 'link.up', interface: 'eth1' }).state).toBe('reinstating');
  });

  it('do not notice that their own deletion is told', () => {
    expect(given(STARTED, DELETED).effects).toEqual([]);
    expect(given(...HELD, STOP, DELETED).effects).toEqual([]);
  });

  it('change with a reload: what is not asked for any more goes first', () => {
    const input = { objects: { addresses: [address], rules: [{ ...rule, preference: 1 }] } };
    const change: StaticEvent = { type: 'static.reconfigured', input };
    const replacing = given(...HELD, change);
    const stale = { addresses: [], routes: OBJECTS.routes, rules: [rule] };
    expect([replacing.state, replacing.effects]).toEqual([
      'replacing',
      [{ type: 'removeVips', params: stale }],
    ]);
    expect(given(...HELD, change, REMOVED).effects).toEqual([{ type: 'addVips', params: input.objects }]);
  });

  it('are gone at the end', () => {
    const ending = given(...HELD, STOP);
    expect([ending.state, ending.effects]).toEqual(['removing', [{ type: 'removeVips', params: OBJECTS }]]);
    expect(given(...HELD, STOP, REMOVED).state).toBe('absent');
    expect(given(...HELD, { type: 'static.removed' }).state).toBe('removing');
  });
});
