/** Rows of virtual servers as log lines; the rows are those of the real machine. */
import { expect, test } from 'vitest';
import { Engine } from '../engine/engine.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { virtualServerDefinition } from '../machines/registry.ts';
import {
  REAL_A,
  realServer,
  SORRY,
  virtualServerInput,
} from '../machines/virtual-server/virtual-server.fixture.ts';
import type { VirtualServerInput } from '../machines/virtual-server/virtual-server.input.ts';
import type { JsonObject } from '../protocol/json.ts';
import { VirtualServerLines } from './virtual-server-lines.ts';

const VS = '[10.0.0.1]:tcp:80';
const VIRTUAL = `virtual/${VS}`;

function service(changes: Partial<VirtualServerInput> = {}) {
  const lines = new VirtualServerLines();
  const said: string[] = [];
  const clock = new VirtualClock();
  const engine = new Engine({
    ...{ clock, scheduler: clock, journal: { row: () => {}, run: () => {}, define: () => {} } },
    executor: { perform: () => {} },
    onRow: (row) => said.push(...lines.of(row)),
  });
  engine.spawn(VIRTUAL, virtualServerDefinition, virtualServerInput(changes) as unknown as JsonObject);
  engine.post(VIRTUAL, { type: 'virtual.started', driven: true });
  return { engine, take: (): string[] => said.splice(0) };
}

const mark = (fwmark: number) => ({ fwmark, family: 'inet' as const });

test('what the kernel refuses, and what somebody else does to its table, is told', () => {
  const { engine, take } = service();
  take();
  const counts = { added: 0, changed: 0, removed: 0 };
  const error = (command: string, name: string, entry: string) => ({ command, error: name, entry });
  const errors = [
    error('IP_VS_SO_SET_ADDDEST(1159)', 'EEXIST', '[10.0.0.1]:tcp:80 -> [10.0.0.2]:80'),
    error('IP_VS_SO_SET_ADD(1154)', 'ENOENT', '[2001:db8::1]:udp:53'),
    error('IP_VS_SO_SET_ADD(1154)', 'EBUSY', 'FWM 5'),
  ];
  engine.post(VIRTUAL, { type: 'table.refused', ...counts, refused: 2, errors });
  expect(take()).toEqual([
    'IPVS cmd IP_VS_SO_SET_ADDDEST(1159) error: Destination already exists(17) (10.0.0.1:tcp:80 -> 10.0.0.2:80)',
    'IPVS cmd IP_VS_SO_SET_ADD(1154) error: Scheduler or persistence engine not found(2) (2001:db8::1:udp:53)',
    'IPVS cmd IP_VS_SO_SET_ADD(1154) error: resource busy or locked(16) (FWM 5)',
  ]);
  const entries = ['[10.0.0.1]:tcp:80 -> [10.0.0.2]:80 missing'];
  engine.post(VIRTUAL, { type: 'table.drifted', missing: 1, changed: 0, unwanted: 0, entries });
  expect(take()).toEqual([
    `IPVS entries of VS ${VS} were changed by somebody else (1 missing, 0 changed, 0 unwanted): ${entries[0]}`,
  ]);
  engine.post(VIRTUAL, { type: 'table.applied', ...counts });
  expect(take()).toEqual([]);
});

test('what is answered after a removal is no trouble, and nothing is kept of it', () => {
  const { engine, take } = service();
  take();
  engine.post(VIRTUAL, { type: 'virtual.removed' });
  expect(take()).toEqual([`Removing Virtual Server ${VS}`]);
  engine.post(VIRTUAL, { type: 'table.applied', added: 0, changed: 0, removed: 1 });
  expect(take()).toEqual([]);
});

test('a sorry server that stays in the table is enabled and disabled', () => {
  const realServers = [realServer(REAL_A)];
  const { engine, take } = service({ realServers, sorryServer: { ...SORRY, inhibit: true } });
  take();
  engine.post(VIRTUAL, { type: 'real.changed', real: REAL_A, alive: false, weight: 1 });
  expect(take()).toContain(`Enabling sorry server [10.0.0.9]:tcp:80 to VS ${VS}`);
  engine.post(VIRTUAL, { type: 'real.changed', real: REAL_A, alive: true, weight: 1 });
  expect(take()).toContain(`Disabling sorry server [10.0.0.9]:tcp:80 from VS ${VS}`);
});

test('a service that starts without its quorum says so where a sorry server serves for it', () => {
  const { take } = service({ realServers: [realServer(REAL_A, null)], sorryServer: SORRY });
  expect(take()[0]).toBe(`Starting with quorum down 1-0=1 > 0 for VS ${VS}`);
});

test('what a reload takes from a group and puts into it', () => {
  const at = (...ranges: VirtualServerInput['service']['ranges']): Partial<VirtualServerInput> => ({
    ...{ name: '[web]:0', service: { ...virtualServerInput().service, ranges } },
  });
  const [protocol, port] = ['TCP', 80] as const;
  const { engine, take } = service(
    at({ protocol, first: '10.9.0.1', port }, { protocol, first: '10.9.0.20', port }, mark(8)),
  );
  take();
  const reconfigure = (input: VirtualServerInput): void =>
    engine.post(VIRTUAL, { type: 'virtual.reconfigured', input: { ...input }, held: true });
  const range = { protocol, first: '10.9.0.30', last: '10.9.0.31', port } as const;
  reconfigure(virtualServerInput(at({ protocol, first: '10.9.0.1', port }, range, mark(9))));
  expect(take()).toEqual([
    'VS [[10.9.0.20]:tcp:80] in group web no longer exists',
    'VS [8] in group web no longer exists',
    'VS [[10.9.0.30]:tcp:80-10.9.0.31] added into group web',
    'VS [FWM 9] added into group web',
  ]);
  reconfigure(virtualServerInput({ ...at(range, mark(9)), name: '[web]:0', quorum: 100 }));
  expect(take()).toEqual([
    'VS [[10.9.0.1]:tcp:80] in group web no longer exists',
    expect.stringContaining('Lost quorum'),
  ]);
  engine.post(VIRTUAL, { type: 'virtual.removed' });
  expect(take()).toEqual(['Removing Virtual Server Group [web]']);
});

test('one whose checks are held back is known by its name, until its address is here', () => {
  const lines = new VirtualServerLines();
  const clock = new VirtualClock();
  const engine = new Engine({
    ...{ clock, scheduler: clock, journal: { row: () => {}, run: () => {}, define: () => {} } },
    executor: { perform: () => {} },
    onRow: (row) => lines.of(row),
  });
  engine.spawn(
    VIRTUAL,
    virtualServerDefinition,
    virtualServerInput({ suspends: true }) as unknown as JsonObject,
  );
  engine.post(VIRTUAL, { type: 'virtual.started', driven: true, held: false });
  expect([lines.isSuspended(VS), lines.isSuspended('another')]).toEqual([true, false]);
  engine.post(VIRTUAL, { type: 'address.found' });
  expect(lines.isSuspended(VS)).toBe(false);
});
