/** A service of ten thousand real servers in the kernel's table: made, taken over after a kill, and changed. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readIpvsTable } from '../../src/io/ipvs-table.ts';
import { relived } from '../../src/lab/routers.ts';
import { withLan } from '../harness/lan.ts';
import { RouterProcess } from '../harness/router.ts';
import { logged, seen } from './begin.ts';

/** Every so many a server is another one, or weighs more, after the reload. */
const STEP = 100;

export interface Size {
  /** Servers and the sum of their weights, at each point. */
  readonly tables: Readonly<Record<string, readonly [servers: number, weight: number]>>;
  /** Milliseconds that reading the table took, and for which it kept the event loop at most. */
  readonly readMs: number;
  readonly longestTurnMs: number;
  readonly log: string;
}

function configuration(count: number, isLater: boolean): string {
  const servers = Array.from({ length: count }, (_, at) => {
    const isOther = isLater && at % STEP === 1;
    const address = `10.${isOther ? 60 : 50}.${Math.floor(at / 250)}.${1 + (at % 250)}`;
    const weight = isLater && at % STEP === 0 ? 7 : 1;
    return `  real_server ${address} 80 {\n    weight ${weight}\n  }\n`;
  });
  return `virtual_server 10.9.0.1 80 {
  lvs_sched wrr
  lvs_method DR
  protocol TCP
${servers.join('')}}
`;
}

export async function size({ count }: { readonly count: number }): Promise<Size> {
  return await withLan({ hosts: ['b'] }, async (lan) => {
    const directory = await mkdtemp(join(tmpdir(), 'size-'));
    const start = (): Promise<RouterProcess> =>
      RouterProcess.start(lan, 'b', {
        ...{ program: relived, configuration: configuration(count, false), directory },
      });
    const tables: Record<string, readonly [number, number]> = {};
    const read = async (): Promise<readonly [number, number]> => {
      const table = await readIpvsTable(`/run/netns/${lan.namespace('b')}`);
      const all = [...(table?.values() ?? [])].flatMap(({ destinations }) => [...destinations.values()]);
      return [all.length, all.reduce((sum, { settings }) => sum + settings.weight, 0)];
    };
    let router = await start();
    const settled = async (what: string, servers: number, weight: number): Promise<void> => {
      await seen(router, what, async () => {
        tables[what] = await read();
        return tables[what][0] === servers && tables[what][1] === weight;
      });
    };
    await settled('made', count, count);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const beganMs = performance.now();
    await read();
    const readMs = performance.now() - beganMs;
    delay.disable();
    await router.kill();
    router = await start();
    await logged(router, 'the second start', (log) => log.includes('Startup complete'));
    await settled('adopted', count, count);
    await writeFile(router.configuration, configuration(count, true));
    router.signal('SIGHUP');
    await settled('changed', count, count + (6 * count) / STEP);
    await router.stop();
    return { tables, readMs, longestTurnMs: delay.max / 1e6, log: router.log };
  });
}
