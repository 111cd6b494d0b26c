/** Orders of an operator, and real servers by name, in a kernel's table: what is asked of it, and what a kill leaves. */
import { relived } from '../../src/lab/routers.ts';
import { DnsServer } from '../harness/dns-server.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { journals, relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';
import { logged, seen } from './begin.ts';
import { tableOf } from './ipvs-scene.ts';

const CONFIGURATION = (nameServer: string): string => `global_defs {
  router_id r
  name_server ${nameServer}
}
virtual_server 10.9.0.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server 10.77.0.11 8080 {
    weight 3
  }
  real_server_name web.example.com 8080 {
    name_refresh 1
    weight 2
  }
}
`;

export interface Servers {
  /** After each step: the last numbers of the servers with their weights. */
  readonly trail: readonly string[];
  /** What came of the requests to the kernel for each change, in words. */
  readonly applied: readonly string[];
  readonly log: string;
}

export async function servers(): Promise<Servers> {
  return await withLan({ hosts: ['b', 's'] }, async (lan) => {
    const directory = temporaryDirectory('servers');
    const addresses = (...last: readonly number[]) => ({
      'web.example.com': last.map((one) => `10.77.0.${one}`),
    });
    const dns = await DnsServer.start(lan, 's', directory, addresses(12, 13));
    const configuration = CONFIGURATION(lan.address('s'));
    const start = async (): Promise<RouterProcess> => {
      const router = await RouterProcess.start(lan, 'b', { program: relived, configuration, directory });
      await logged(router, 'the start', (log) => log.includes('Startup complete'));
      return router;
    };
    const entries = async (): Promise<string> =>
      (await tableOf(lan, 'b'))
        .flatMap((line) => {
          const [, last, weight] = /-r 10\.77\.0\.(\d+):8080 .*-w (\d+)/.exec(line) ?? [];
          return last === undefined ? [] : [`${last}:${weight}`];
        })
        .join(' ');
    const trail: string[] = [];
    let router = await start();
    const becomes = async (what: string, wanted: string): Promise<void> => {
      await seen(router, `${what}: ${wanted}`, async () => (await entries()) === wanted).catch(() => {});
      trail.push(`${what}: ${await entries()}`);
    };
    await becomes('resolved', '11:3 12:2 13:2');
    const order = (...words: readonly string[]) =>
      relive('server', ...words, '--socket', router.files.control);
    await order('drain', '10.77.0.11');
    await order('weight', '10.77.0.13', '9');
    await becomes('ordered', '11:0 12:2 13:9');
    dns.serve(addresses(13, 14));
    await becomes('renamed', '11:0 13:9 14:2');
    await router.kill();
    trail.push(`killed: ${await entries()}`);
    router = await start();
    await becomes('started again', '11:0 13:9 14:2');
    await router.stop();
    await dns.stop();
    const { stdout } = await relive('log', ...journals(router.files.journal));
    const applied = [...stdout.matchAll(/the kernel's table is as it shall be: (.*)$/gm)].map(
      ([, words = '']) => words.trim(),
    );
    return { trail, applied, log: router.log };
  });
}
