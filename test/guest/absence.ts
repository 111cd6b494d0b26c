/** relived is killed, twice, while many connections go through the table. */

import { relived } from '../../src/lab/routers.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';
import { logged } from './begin.ts';
import { HOSTS, type Host, METHODS, type TrafficScene, withTraffic } from './traffic-scene.ts';

const ALWAYS: readonly Host[] = ['s1', 's2'];
const DOOMED: Host = 's3';

export interface Absence {
  /** Servers that the connections are to, and how many connections there are. */
  readonly servers: number;
  readonly connections: number;
  /** How many of them have answered at each point. */
  readonly answers: Readonly<Record<string, number>>;
  /** Looks at the table, and in how many of them one of those servers was missing. */
  readonly looks: { readonly total: number; readonly missing: number };
  readonly log: string;
}

/** `count` connections over each of the two services. */
export async function absence({ count }: { readonly count: number }): Promise<Absence> {
  return await withTraffic(async (scene) => {
    const directory = temporaryDirectory('absence');
    const start = async (): Promise<RouterProcess> => {
      const configuration = scene.configuration();
      const router = await RouterProcess.start(scene.lan, 'b', {
        program: relived,
        configuration,
        directory,
      });
      await logged(router, 'the start', (log) => log.includes('Startup complete'));
      return router;
    };
    const settled = async (host: Host, isThere: boolean): Promise<void> => {
      for (const method of METHODS)
        await scene.director.ask('settled', scene.service(method), scene.server(host), isThere);
    };
    const doomed = (isThere: boolean): Promise<void> => settled(DOOMED, isThere);
    const answers: Record<string, number> = {};
    const say = async (what: string): Promise<void> => {
      answers[what] = await scene.clients.ask('say', what);
    };
    let router = await start();
    for (const host of HOSTS) await settled(host, true);
    for (const method of METHODS) await scene.beIll(method, DOOMED);
    await doomed(false);
    let servers = 0;
    for (const method of METHODS) servers += await scene.clients.ask('hold', ...scene.service(method), count);
    for (const method of METHODS) await scene.beWell(method, DOOMED);
    await doomed(true);
    await watch(scene);
    await say('before');
    await router.kill();
    await say('killed');
    for (const method of METHODS) await scene.beIll(method, DOOMED);
    router = await start();
    await doomed(false);
    await say('back, and one has died meanwhile');
    await router.kill();
    await say('killed again');
    for (const method of METHODS) await scene.beWell(method, DOOMED);
    router = await start();
    await doomed(true);
    await say('back, and it has recovered meanwhile');
    const looks = await scene.director.ask('looks');
    await router.stop();
    return { servers, connections: METHODS.length * count, answers, looks, log: router.log };
  });
}

async function watch(scene: TrafficScene): Promise<void> {
  for (const method of METHODS) {
    const servers = ALWAYS.map((host) => scene.server(host));
    await scene.director.ask('watch', scene.service(method), servers);
  }
}
