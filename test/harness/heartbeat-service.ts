/**
 * A heartbeat service for the network namespace it is started in: `heartbeat-service.ts native|raw-socket`. Needs
 * `--expose-gc`.
 */
import { execFileSync } from 'node:child_process';
import type { HeartbeatRun } from '../../src/engine/heartbeat/run-counter.ts';
import { type AdvertSecrets, SecretDigests } from '../../src/io/heartbeat/digests.ts';
import { NativeCarrier } from '../../src/io/heartbeat/native-carrier.ts';
import { RawSocketCarrier } from '../../src/io/heartbeat/raw-socket-carrier.ts';
import { SocketHeartbeat } from '../../src/io/heartbeat/socket-heartbeat.ts';
import type { AdvertContent } from '../../src/machines/vrrp/vrrp.effects.ts';
import type { ObservedEvent } from '../compliance/heartbeat.ts';
import { push, serve } from './json-lines-service.ts';

export type HeartbeatPush =
  | { readonly kind: 'event'; readonly observed: ObservedEvent }
  | { readonly kind: 'run'; readonly run: HeartbeatRun }
  | { readonly kind: 'problem'; readonly message: string };

function interfaceIndex(name: string): number | null {
  const links: unknown = JSON.parse(execFileSync('ip', ['-j', 'link', 'show'], { encoding: 'utf8' }));
  if (!Array.isArray(links)) return null;
  const link: unknown = links.find((one: { readonly ifname?: unknown }) => one.ifname === name);
  return typeof link === 'object' && link !== null && 'ifindex' in link ? Number(link.ifindex) : null;
}

const clock = {
  monotonicUs: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
  },
  wallUs: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
};

const say = (message: HeartbeatPush): void => push(message);

/** What it announces when its master is silent, as a statechart would. */
let claim: AdvertContent | null = null;

const secrets = new Map<string, AdvertSecrets>();
const digests = new SecretDigests(secrets);

const port = new SocketHeartbeat({
  carrier: process.argv[2] === 'native' ? new NativeCarrier() : new RawSocketCarrier(clock),
  clock,
  digests,
  interfaceIndex,
  listener: {
    event: (actor, event) => {
      say({ kind: 'event', observed: { actor, event, atUs: clock.monotonicUs() } });
      if (event.type !== 'master.silent' || claim === null) return;
      port.stopWatching(actor);
      port.announce(actor, claim);
    },
    run: (run) => say({ kind: 'run', run }),
  },
  onProblem: (problem) => say({ kind: 'problem', message: problem.message }),
});

const methods = {
  /** Password and keys as latin1 text: before the actor is opened, or in its place. */
  setSecrets(actor: string, password: string | null, keys: Readonly<Record<number, string>>) {
    secrets.set(actor, {
      password: password === null ? null : Buffer.alloc(8, 0).fill(password, 0, password.length, 'latin1'),
      keys: new Map(Object.entries(keys).map(([id, key]) => [Number(id), Buffer.from(key, 'latin1')])),
    });
    port.secretsChanged();
  },
  open: port.open.bind(port),
  setSource: port.setSource.bind(port),
  announce: port.announce.bind(port),
  stopAnnouncing: port.stopAnnouncing.bind(port),
  sendOnce: port.sendOnce.bind(port),
  watch: port.watch.bind(port),
  revise: port.revise.bind(port),
  adjustWatch: port.adjustWatch.bind(port),
  stopWatching: port.stopWatching.bind(port),
  close: port.close.bind(port),
  status: port.status.bind(port),
  refreshInterface: port.refreshInterface.bind(port),
  claimAfterSilence(content: AdvertContent) {
    claim = content;
  },
  collectGarbage: () => globalThis.gc?.(),
  /** Keeps the event loop from turning. */
  beBusy(milliseconds: number) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  },
};

export type HeartbeatService = typeof methods;

serve(methods, () => port.stop());
