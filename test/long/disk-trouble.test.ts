/**
 * A master whose journal lies on a disk in trouble: syncs that take five seconds, a directory that lets nobody in for as
 * long, and no room. Its peer must not notice, which takes over after 3.6 s without an advert, and the history says what it
 * lacks. The largest gap is printed: how late an advert is is the machine's affair, too.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as elapse } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkIntegrity } from '../../src/journal/integrity.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { type Capture, capture } from '../harness/capture.ts';
import { FaultyDisk } from '../harness/faulty-disk.ts';
import { fillDisk } from '../harness/fill-disk.ts';
import { createLan, ip } from '../harness/lan.ts';
import { removeInTheEnd, temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess, routerFiles } from '../harness/router.ts';

/** Held whoever is master: that somebody deletes it costs rows and no advert. */
const STATIC = '10.77.0.150';
const TROUBLE_MS = 5_000;

let lan: Lan;
let root: string;
let disk: FaultyDisk;
let master: RouterProcess;
let backup: RouterProcess;
let adverts: Capture;

const configuration = (priority: number): string => `global_defs {
  router_id r
}
static_ipaddress {
  ${STATIC}/32 dev eth0
}
vrrp_instance VI_1 {
  interface eth0
  state BACKUP
  virtual_router_id 7
  priority ${priority}
  version 3
  advert_int 1
  virtual_ipaddress {
    10.77.0.100
  }
}
`;

const journalled = (): string => routerFiles(root, 'a').journal;

/** Somebody deletes an address again and again, so that there is something to be written all the time. */
async function meddle(ms: number): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) {
    await ip(lan, 'a', 'addr', 'del', `${STATIC}/32`, 'dev', 'eth0').catch(() => {});
    await elapse(200);
  }
}

/** The largest time without an advert meanwhile, in milliseconds. */
async function gapWhile(act: () => Promise<void>): Promise<number> {
  const from = adverts.timesUs.length;
  await act();
  const times = adverts.timesUs.slice(from);
  expect(times.length).toBeGreaterThan(1);
  return Math.max(...times.slice(1).map((time, index) => (time - (times[index] ?? time)) / 1_000));
}

/** What the peer has become since it was started. */
const promotions = (): number => backup.log.match(/Entering MASTER STATE/g)?.length ?? 0;

function holes(): readonly string[] {
  const reader = new JournalReader(journalled());
  try {
    return reader.gaps().map(({ reason }) => reason);
  } finally {
    reader.close();
  }
}

/** Waits until what is written comes to the file again. */
async function writes(): Promise<void> {
  const newest = (): number => {
    const reader = new JournalReader(journalled());
    try {
      return reader.lastSeq();
    } finally {
      reader.close();
    }
  };
  const before = newest();
  await waitFor(
    async () => {
      await meddle(1);
      return newest() > before;
    },
    { deadlineMs: 30_000, intervalMs: 100, what: 'the journal is written again' },
  );
}

describe('a disk in trouble', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    root = temporaryDirectory('trouble');
    const mountPoint = journalled();
    mkdirSync(mountPoint);
    removeInTheEnd({ kind: 'mount', path: mountPoint });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'relived-test', mountPoint]);
    disk = new FaultyDisk(root, mountPoint);
    lan = await createLan({ hosts: ['a', 'b'] });
    const common = { directory: root };
    backup = await RouterProcess.start(lan, 'b', {
      ...{ program: keepalived, configuration: configuration(100) },
      ...common,
    });
    master = await RouterProcess.start(lan, 'a', {
      ...{ program: relived, configuration: configuration(200), environment: disk.environment },
      ...common,
    });
    await master.waitForLog('Entering MASTER STATE');
    // Which of them was first is chance: the peer may have been master until it heard of this one.
    adverts = await capture(lan, 'b', 'ip proto 112 and src host 10.77.0.1');
    await waitFor(() => adverts.timesUs.length > 3, { deadlineMs: 20_000, what: 'adverts' });
  }, 60_000);

  afterAll(async () => {
    disk?.order('ok');
    await adverts?.stop();
    await master?.stop();
    await backup?.stop();
    await lan?.destroy();
    execFileSync('umount', ['-l', journalled()]);
  });

  it('is not seen by the peer, and stands in the history', async () => {
    const before = promotions();
    const calm = await gapWhile(() => meddle(TROUBLE_MS));
    const gaps: Record<string, number> = { calm };
    for (const order of ['hang', 'block'] as const) {
      gaps[order] = await gapWhile(async () => {
        disk.order(order);
        await meddle(TROUBLE_MS);
        disk.order('ok');
      });
      await writes();
    }
    let free = (): void => {};
    gaps.full = await gapWhile(async () => {
      free = fillDisk(journalled());
      await meddle(TROUBLE_MS);
    });
    free();
    await waitFor(() => holes().some((reason) => /FULL|ENOSPC|IOERR/.test(reason)), {
      ...{ deadlineMs: 30_000, intervalMs: 200, what: 'the gap is written' },
    });
    const shown = Object.entries(gaps).map(([what, ms]) => `${what} ${ms.toFixed(1)}`);
    console.log(`largest gap between adverts of 1 s, in ms: ${shown.join(', ')}`);
    expect(promotions(), 'the peer took over').toBe(before);
    await master.stop();
    const reader = new JournalReader(journalled());
    expect(checkIntegrity(reader.segmentFiles()).findings).toEqual([]);
    reader.close();
  });

  it('does not keep a router from starting', async () => {
    const other = new FaultyDisk(temporaryDirectory('blocked'), routerFiles(root, 'b').journal);
    other.order('block');
    await backup.stop();
    backup = await RouterProcess.start(lan, 'b', {
      ...{ program: relived, configuration: configuration(250), environment: other.environment },
      directory: root,
    });
    await backup.waitForLog('Entering MASTER STATE');
    other.order('ok');
    await backup.stop();
  });
});
