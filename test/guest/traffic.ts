/** Clients connect all the time while real servers die and recover. */
import { relived } from '../../src/lab/routers.ts';
import { run } from '../../src/lab/run.ts';
import type { Connection } from '../harness/traffic-service.ts';
import { begin } from './begin.ts';
import { HOSTS, type Host, METHODS, type Method, type TrafficScene, withTraffic } from './traffic-scene.ts';

const CLIENTS = 1;
const PAUSE_MS = 20;
/** Connections while a server is not there. */
const VISITS = 4;

/** Milliseconds of one kill, in the order in which they come. */
interface Kill {
  readonly host: Host;
  /** Not even its service answers any more, from here on; null: it answers until it is taken out. */
  readonly diedMs: number | null;
  /** The table has it no more. */
  readonly goneMs: number;
  /** It begins to recover. */
  readonly backMs: number;
}

/** What became of the connections to a service. */
export interface Tally {
  readonly kills: number;
  readonly connections: number;
  readonly answered: number;
  /** By real server. */
  readonly by: Readonly<Record<string, number>>;
  /** Not answered, between the death of a server and its removal, or under way at a removal. */
  readonly unlucky: number;
  /** Begun when the table had the server no more that they came to. */
  readonly misled: number;
  /** Not answered, although every server of the table was alive. */
  readonly lost: number;
  /** The longest time from a death, of what is checked, until the table had it no more. */
  readonly slowestMs: number;
  /** The first that were lost: why, how long they took, and where in the kill before them they began. */
  readonly losses: readonly string[];
}

export async function traffic({ kills }: { readonly kills: number }): Promise<Record<Method, Tally>> {
  return await withTraffic(async (scene) => {
    const router = await begin(scene.lan, 'b', relived, scene.configuration());
    // Of a direct connection the kernel does not see the end that the server makes. Should the client's port come again, the
    // old entry would swallow the connection for as long as its server is out of the table.
    await run(scene.lan.argv('b', ['sysctl', '-qw', 'net.ipv4.vs.expire_nodest_conn=1']));
    for (const method of METHODS)
      for (const host of HOSTS)
        await scene.director.ask('settled', scene.service(method), scene.server(host), true);
    for (const method of METHODS)
      await scene.clients.ask('begin', ...scene.service(method), CLIENTS, PAUSE_MS);
    const [nat, dr] = await Promise.all(METHODS.map((method) => killAll(scene, method, kills)));
    const made = await scene.clients.ask('end');
    await router.stop();
    const of = (method: Method, [killed, slowestMs]: readonly [readonly Kill[], number]): Tally =>
      tally(made[scene.service(method).join(' ')] ?? [], killed, slowestMs);
    return { NAT: of('NAT', nat ?? [[], 0]), DR: of('DR', dr ?? [[], 0]) };
  });
}

/** One after the other, so that two are always there. Every other one dies at once, and the others when nobody comes any more. */
async function killAll(
  scene: TrafficScene,
  method: Method,
  kills: number,
): Promise<readonly [readonly Kill[], number]> {
  const killed: Kill[] = [];
  let slowestMs = 0;
  for (let at = 0; at < kills; at += 1) {
    const host = HOSTS[at % HOSTS.length] ?? 's1';
    const isSudden = at % 2 === 1;
    const [service, server] = [scene.service(method), scene.server(host)];
    const beganMs = await scene.director.ask('now');
    if (isSudden) await scene.stopServing(method, host);
    await scene.beIll(method, host);
    const goneMs = await scene.director.ask('settled', service, server, false);
    slowestMs = Math.max(slowestMs, goneMs - beganMs);
    await scene.clients.ask('more', ...service, VISITS);
    const backMs = await scene.director.ask('now');
    if (isSudden) await scene.serve(method, host);
    await scene.beWell(method, host);
    await scene.director.ask('settled', service, server, true);
    killed.push({ host, diedMs: isSudden ? beganMs : null, goneMs, backMs });
  }
  return [killed, slowestMs];
}

function tally(connections: readonly Connection[], kills: readonly Kill[], slowestMs: number): Tally {
  const by: Record<string, number> = {};
  for (const { name } of connections) if (name !== null) by[name] = (by[name] ?? 0) + 1;
  const failed = connections.filter(({ name }) => name === null);
  const isUnlucky = ({ beganMs, endedMs }: Connection): boolean =>
    // The kernel drops what it still gets for a server that it was told to remove, whether that answers or not.
    kills.some(({ diedMs, goneMs }) => beganMs <= goneMs && endedMs >= (diedMs ?? goneMs));
  const isMisled = ({ name, beganMs }: Connection): boolean =>
    kills.some(({ host, goneMs, backMs }) => name === host && beganMs > goneMs && beganMs < backMs);
  const unlucky = failed.filter(isUnlucky).length;
  const losses = failed
    .filter((one) => !isUnlucky(one))
    .slice(0, MOST_TOLD)
    .map((one) => lossText(one, kills));
  return {
    kills: kills.length,
    connections: connections.length,
    answered: connections.length - failed.length,
    ...{ by, unlucky, misled: connections.filter(isMisled).length, lost: failed.length - unlucky },
    slowestMs: Math.round(slowestMs),
    losses,
  };
}

const MOST_TOLD = 20;

function lossText({ beganMs, endedMs, error }: Connection, kills: readonly Kill[]): string {
  const at = kills.findLastIndex(({ goneMs }) => goneMs <= beganMs);
  const { host, diedMs, goneMs = 0, backMs = 0 } = kills[at] ?? {};
  const next = kills[at + 1];
  return (
    `${error} after ${Math.round(endedMs - beganMs)} ms, ${Math.round(beganMs - goneMs)} ms after ${host} was gone ` +
    `(${diedMs === null ? 'slowly' : 'suddenly'}), back ${Math.round(backMs - beganMs)} ms later, ` +
    `next death of ${next?.host} ${Math.round((next?.diedMs ?? next?.goneMs ?? 0) - beganMs)} ms later`
  );
}
