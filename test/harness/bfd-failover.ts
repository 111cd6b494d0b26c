/** A session that flaps moves the virtual address: one story for relived and for keepalived, as the oracle. */
import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { AddressWatch } from './address-watch.ts';
import { askDaemon } from './ask-daemon.ts';
import { instanceConfiguration } from './configuration.ts';
import { withLan } from './lan.ts';
import { temporaryDirectory } from './leftovers.ts';
import { relive } from './relive.ts';
import { RouterProcess } from './router.ts';

const ADDRESS = '10.77.0.100';
const DEADLINE_MS = 25_000;

/** With priority 150 above 100; `line` is how it follows its session to the uplink. */
function routerA(lan: Lan, line: string | null): string {
  const session = `bfd_instance up {
  neighbor_ip ${lan.address('u')}
  min_rx 200
  min_tx 200
  multiplier 4
}
`;
  return (
    session +
    instanceConfiguration({
      version: 3,
      priority: 150,
      virtualAddresses: [`${ADDRESS}/24`],
      advertInt: '0.2',
      extra: line === null ? '' : `track_bfd {\n    ${line}\n  }`,
    })
  );
}

function routerB(): string {
  return instanceConfiguration({
    version: 3,
    priority: 100,
    virtualAddresses: [`${ADDRESS}/24`],
    advertInt: '0.2',
  });
}

function uplink(lan: Lan): string {
  return `bfd_instance router {\n  neighbor_ip ${lan.address('a')}\n  min_rx 200\n  min_tx 200\n  multiplier 4\n}\n`;
}

/** What the tracker of the session has told, and what the instance has made of it. */
async function standing(control: string): Promise<{ readonly tracker: string; readonly role: string }> {
  const { trackers, instances } = (await askDaemon(control, 'status')) as {
    readonly trackers: readonly { readonly state: unknown }[];
    readonly instances: readonly { readonly role: string }[];
  };
  const state = trackers[0]?.state;
  const tracker = typeof state === 'string' ? state : Object.keys(state ?? {}).join();
  return { tracker, role: instances[0]?.role ?? '' };
}

/** Reloads until the session is not followed any more, and then is again, while it is up all the time. */
async function followAnew(lan: Lan, line: string, router: RouterProcess): Promise<void> {
  for (const [reloads, followed] of [null, line].entries()) {
    await writeFile(router.configuration, routerA(lan, followed));
    router.signal('SIGHUP');
    await waitFor(() => router.log.split('Reload complete').length - 1 > reloads, {
      deadlineMs: DEADLINE_MS,
      what: `reload ${reloads + 1}`,
    });
  }
}

export async function bfdFailover(program: RouterProgram, line: string): Promise<void> {
  await withLan({ hosts: ['a', 'b', 'u'] }, async (lan) => {
    const directory = temporaryDirectory('bfd-failover');
    const held = { a: await AddressWatch.start(lan, 'a'), b: await AddressWatch.start(lan, 'b') };
    // From its start on only the protocol's own times count, not those of a program that is being loaded.
    const start = async (host: string, which: RouterProgram, configuration: string) => {
      const router = await RouterProcess.start(lan, host, { program: which, configuration, directory });
      await router.waitForLog('Startup complete');
      return router;
    };
    const b = await start('b', relived, routerB());
    const a = await start('a', program, routerA(lan, line));
    const only = (holder: 'a' | 'b', other: 'a' | 'b') =>
      waitFor(() => held[holder].holds(ADDRESS) && !held[other].holds(ADDRESS), {
        deadlineMs: DEADLINE_MS,
        intervalMs: 10,
        what: `${holder} alone holds the address`,
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n--- a\n${a.log}\n--- b\n${b.log}`);
      });
    // The session is down from the start: a must not, or cannot, be the master.
    await only('b', 'a');
    const u = await start('u', keepalived, uplink(lan));
    await only('a', 'b');
    await lan.block('u');
    await only('b', 'a');
    await lan.heal('u');
    await only('a', 'b');
    if (program === relived) {
      await followAnew(lan, line, a);
      expect(await standing(a.files.control)).toEqual({ tracker: 'well', role: 'master' });
      await lan.block('u');
      await only('b', 'a');
      const verified = await relive('verify', '-j', a.files.journal);
      expect(verified.code, verified.stdout + verified.stderr).toBe(0);
      expect(held.b.changes.filter(({ address, held: has }) => address === ADDRESS && has)).toHaveLength(3);
    }
    await Promise.all([a.stop(), b.stop(), u.stop()]);
  });
}
