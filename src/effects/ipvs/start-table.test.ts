import { expect, it } from 'vitest';
import { allAtOnce } from '../../config/steps.ts';
import type { DestinationPlan, ServicePlan } from '../../protocol/ipvs/plan.ts';
import { ModelKernel } from './kernel.fixture.ts';
import { encodeRequest } from './request.ts';
import { startTable, type Wanted } from './start-table.ts';
import { TableExecutor } from './table-executor.ts';

function service(first: string, last?: string): ServicePlan {
  const range = { protocol: 'TCP', first, ...(last === undefined ? {} : { last }), port: 80 } as const;
  return { ranges: [range], scheduler: 'wrr', flags: 0, persistenceSeconds: 0, granularity: null };
}
const server = (address: string): DestinationPlan => ({ address, port: 8080, method: 'NAT' });

const WANTED: readonly Wanted[] = [
  {
    actor: 'virtual/a',
    service: service('10.0.0.1', '10.0.0.2'),
    destinations: [server('10.1.0.1'), server('10.1.0.2'), server('10.1.0.3')],
    weights: [3, null, 'asFound'],
  },
  { actor: 'virtual/b', service: service('2001:db8::1'), destinations: [], weights: [] },
  { actor: 'virtual/c', service: service('10.0.0.2'), destinations: [server('10.1.0.1')], weights: [9] },
];

/** What the daemon sends for the same, which begins with an empty table. */
async function sentByDaemon(wanted: readonly Wanted[]): Promise<readonly (string | null)[]> {
  const kernel = new ModelKernel();
  const left = new Set(wanted.map(({ actor }) => actor));
  await new Promise<void>((resolve) => {
    const settled = (actor: string): void => {
      left.delete(actor);
      if (left.size === 0) resolve();
    };
    const executor = new TableExecutor({ perform: kernel.perform, settled });
    executor.learn(new Map());
    for (const { actor, service, destinations, weights } of wanted)
      executor.hold(actor, service, destinations, weights);
  });
  return kernel.sent.flat().map((request) => hex(encodeRequest(request)));
}

const hex = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString('hex');

it('is byte for byte what the daemon sends', async () => {
  const table = allAtOnce(startTable(WANTED, []));
  const all = [...(table?.services ?? []), ...(table?.servers ?? [])].map(hex);
  expect(all).toHaveLength(5);
  expect(all).toEqual(await sentByDaemon(WANTED));
});

it('asks for a service and a server as linux/ip_vs.h has them', () => {
  const table = allAtOnce(startTable([{ ...WANTED[2], actor: 'virtual/c' } as Wanted], []));
  // Attributes are a length, a type and a value: family, protocol, address and port of the service.
  const target = [
    '0600010002000000',
    '0600020006000000',
    '140003000a000002',
    '00'.repeat(12),
    '0600040000500000',
  ].join('');
  const scheduler = '0800060077727200';
  const flags = '0c00070000000000ffffffff';
  const timeout = '0800080000000000';
  const mask = '08000900ffffffff';
  expect(table?.services.map(hex)).toEqual([
    `01010000${'54000100'}${target}${scheduler}${flags}${timeout}${mask}`,
  ]);
  const address = `140001000a010001${'00'.repeat(12)}`;
  const rest = ['060002001f900000', '06000b0002000000', '0800030000000000'].join('');
  const weights = ['0800040009000000', '0800050000000000', '0800060000000000'].join('');
  expect(table?.servers.map(hex)).toEqual([
    `05010000${'30000100'}${target}${'48000200'}${address}${rest}${weights}`,
  ]);
});

it('has nothing of a service in which somebody who is left out has a part', () => {
  const table = allAtOnce(startTable(WANTED.slice(0, 2), [service('10.0.0.2')]));
  expect([table?.services.length, table?.servers.length]).toEqual([2, 1]);
});

it('is none where something cannot be asked for', () => {
  const [first] = WANTED;
  const broken = { ...first, destinations: [server('nowhere')], weights: [1] } as Wanted;
  expect(allAtOnce(startTable([broken], []))).toBeNull();
});
