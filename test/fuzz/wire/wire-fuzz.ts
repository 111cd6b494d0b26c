/** Sends broken adverts of every kind to a running router and compares what it counts with what it should count. */
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../../src/lab/namespaces.ts';
import { relived } from '../../../src/lab/routers.ts';
import { waitFor } from '../../../src/lab/run.ts';
import { askDaemon } from '../../harness/ask-daemon.ts';
import type { FrameService } from '../../harness/frame-service.ts';
import { JsonLinesChild } from '../../harness/json-lines-child.ts';
import { interfaceOf, ip, withLan } from '../../harness/lan.ts';
import { temporaryDirectory } from '../../harness/leftovers.ts';
import { RouterProcess } from '../../harness/router.ts';
import { SeededRandom } from '../../sim/seeded-random.ts';
import { accepts, configuration, KINDS, type Marks, PEER, ROUTER } from './kinds.ts';
import { AdvertSource } from './mutate-advert.ts';

const FRAME_SERVICE = fileURLToPath(new URL('../../harness/frame-service.ts', import.meta.url));
/** As many as surely fit into the receive buffers; the next ones wait until these are counted. */
const BATCH = 400;
const COUNTED_WITHIN_MS = 30_000;

export interface WireFuzzOutcome {
  readonly sent: number;
  /** Packets that are accounted for: accepted, refused, or for nobody here. */
  readonly counted: number;
  /** By virtual router: what was accepted and what should have been. */
  readonly accepted: Readonly<Record<number, number>>;
  readonly acceptable: Readonly<Record<number, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly crashed: readonly string[];
}

interface Status {
  readonly instances: readonly {
    readonly name: string;
    readonly role: string;
    readonly virtualRouterId: number;
    readonly counters: { readonly received: number; readonly errors: Readonly<Record<string, number>> };
  }[];
  readonly interfaces: Readonly<Record<string, { unknownVirtualRouter: number; malformed: number }>>;
}

export async function fuzzWire(
  seed: number,
  packets: number,
  progress: (sent: number) => void = () => {},
): Promise<WireFuzzOutcome> {
  return withLan({ hosts: ['router', 'other'], ipv6: true }, async (lan) => {
    await ip(lan, 'router', 'addr', 'add', `${ROUTER[6]}/64`, 'dev', 'eth0', 'nodad');
    await ip(lan, 'other', 'addr', 'add', `${PEER[6]}/64`, 'dev', 'eth0', 'nodad');
    const router = await RouterProcess.start(lan, 'router', {
      program: relived,
      configuration: configuration(),
      directory: temporaryDirectory('fuzz-wire'),
    });
    const status = async () => (await askDaemon(router.files.control, 'status')) as unknown as Status;
    const allMaster = async () => (await status()).instances.filter(({ role }) => role === 'master').length;
    await router.waitForLog('Startup complete');
    await waitFor(async () => (await allMaster()) === KINDS.length, {
      deadlineMs: 30_000,
      what: `mastership of all\n${router.log}`,
    });
    const acceptable = await attack(lan, { seed, packets, status, progress });
    const last = await status();
    return outcomeOf(last, packets, acceptable);
  });
}

interface Attack {
  readonly seed: number;
  readonly packets: number;
  readonly status: () => Promise<Status>;
  readonly progress: (sent: number) => void;
}

async function attack(
  lan: Lan,
  { seed, packets, status, progress }: Attack,
): Promise<Record<number, number>> {
  const source = new AdvertSource(new SeededRandom(seed));
  const marks: Marks = new Map();
  const acceptable: Record<number, number> = {};
  const { mac } = await interfaceOf(lan, 'router', 'eth0');
  const sender = new JsonLinesChild<FrameService, never>(
    lan.argv('other', [process.execPath, FRAME_SERVICE]),
  );
  for (let sent = 0; sent < packets; ) {
    const batch = Array.from({ length: Math.min(BATCH, packets - sent) }, () => source.next());
    for (const packet of batch) {
      const vrid = accepts(packet, marks);
      if (vrid !== null) acceptable[vrid] = (acceptable[vrid] ?? 0) + 1;
    }
    await sender.ask(
      'send',
      batch.map((packet) => packet.toString('hex')),
      mac,
    );
    sent += batch.length;
    // A busy machine may keep it from answering in time; it is asked again.
    const counted = () => status().then(countedOf, () => 0);
    await waitFor(async () => (await counted()) >= sent, {
      deadlineMs: COUNTED_WITHIN_MS,
      intervalMs: 10,
      what: `all of the first ${sent} packets counted (seed ${seed})`,
    });
    progress(sent);
  }
  await sender.close();
  return acceptable;
}

function countedOf({ instances, interfaces }: Status): number {
  let total = 0;
  for (const { counters } of instances) {
    total += counters.received;
    // A list of other addresses is a remark on an accepted advert.
    for (const [fault, count] of Object.entries(counters.errors)) if (fault !== 'addressList') total += count;
  }
  for (const { unknownVirtualRouter, malformed } of Object.values(interfaces))
    total += unknownVirtualRouter + malformed;
  return total;
}

function outcomeOf(status: Status, sent: number, acceptable: Record<number, number>): WireFuzzOutcome {
  const accepted: Record<number, number> = {};
  const refusals: Record<string, number> = {};
  for (const { virtualRouterId, counters } of status.instances) {
    if (counters.received > 0) accepted[virtualRouterId] = counters.received;
    for (const [fault, count] of Object.entries(counters.errors))
      if (count > 0) refusals[fault] = (refusals[fault] ?? 0) + count;
  }
  const crashed = status.instances.filter(({ role }) => role === 'crashed').map(({ name }) => name);
  return { sent, counted: countedOf(status), accepted, acceptable, refusals, crashed };
}
