/** Thousands of real servers come and go beside an instance: its adverts leave in time all the while. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { type RouterProgram, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { askDaemon } from '../harness/ask-daemon.ts';
import { type Capture, capture } from '../harness/capture.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const SERVERS = 3_000;
const SERVICES = 30;
const ADVERT_US = 100_000;
/** How much later than that an advert may leave. */
const LATE_US = 400_000;
const DEADLINE_MS = 60_000;
const EVERYONE = '127.0.0.1 answers as all of 127.0.0.0/8';
const TCP_SERVER = `require('node:net').createServer((c) => c.destroy()).listen(8080, '0.0.0.0', () => console.log('up'))`;
/** Byte of a VRRP packet behind Ethernet and IP that has the priority, in hexadecimal digits. */
const PRIORITY_AT = (14 + 20 + 2) * 2;

/** Before all other work of the machine, which is not what is measured. */
const preferred: RouterProgram = (options) => ['nice', '-n', '-20', ...relived(options)];

let lan: Lan;
let router: RouterProcess;
let heard: Capture;
let directory: string;

/** `from` to `to` of all servers. */
function services(from: number, to: number): string {
  const each = (to - from) / SERVICES;
  return Array.from({ length: SERVICES }, (_, service) => {
    const reals = Array.from({ length: each }, (_none, at) => {
      const number = from + service * each + at;
      return `  real_server 127.1.${number >> 8}.${number & 255} 8080 {
    TCP_CHECK {
      connect_timeout 3
    }
  }`;
    });
    return `virtual_server 10.77.${from === 0 ? 1 : 2}.${service + 1} 80 {
  delay_loop 5
  lvs_sched rr
  lvs_method NAT
  protocol TCP
${reals.join('\n')}
}`;
  }).join('\n');
}

const configuration = (servers: number) => `global_defs {
  router_id r
}
vrrp_instance VI_1 {
  state MASTER
  version 3
  interface eth0
  virtual_router_id 51
  priority 200
  advert_int 0.1
  virtual_ipaddress {
    10.77.0.100/24
  }
}
${services(0, SERVERS)}
${servers > SERVERS ? services(SERVERS, servers) : ''}
`;

/** The longest silences between two adverts since there were so many, longest first, in microseconds. */
function silences(since: number): number[] {
  const times = heard.timesUs.slice(Math.max(0, since - 1));
  const gaps = times.slice(1).map((at, before) => at - (times[before] ?? at));
  return gaps.toSorted((a, b) => b - a).slice(0, 5);
}

const priorityOf = (frame: string | undefined): number =>
  Number.parseInt(frame?.slice(PRIORITY_AT, PRIORITY_AT + 2) ?? '', 16);

async function servesWith(count: number): Promise<void> {
  await waitFor(
    async () => {
      const { virtualServers = [] } = (await askDaemon(router.files.control, 'status')) as {
        virtualServers?: { realServers: { checkers: { runs: number }[] }[] }[];
      };
      const checkers = virtualServers.flatMap((each) => each.realServers.flatMap((real) => real.checkers));
      return checkers.length === count && checkers.every(({ runs }) => runs > 0);
    },
    { deadlineMs: DEADLINE_MS, intervalMs: 500, what: `${count} servers are checked` },
  );
}

beforeAll(async () => {
  lan = await createLan({ hosts: ['a', 'b'] });
  directory = temporaryDirectory('many-servers');
  const server = lan.spawn('a', [process.execPath, '-e', TCP_SERVER]);
  let isUp = false;
  server.stdout?.once('data', () => {
    isUp = true;
  });
  await waitFor(() => isUp, { deadlineMs: DEADLINE_MS, what: EVERYONE });
  heard = await capture(lan, 'b', 'ip proto 112');
}, DEADLINE_MS);

afterAll(async () => {
  await router?.stop();
  await heard?.stop();
  await lan?.destroy();
});

describe('adverts keep their time', { timeout: 2 * DEADLINE_MS }, () => {
  const inTime = (since: number) => {
    const longest = silences(since);
    console.log(`longest silences in ms: ${longest.map((us) => Math.round(us / 1_000)).join(' ')}`);
    expect(longest[0]).toBeLessThan(ADVERT_US + LATE_US);
  };

  it('while thousands of servers begin, behind the first of them', async () => {
    router = await RouterProcess.start(lan, 'a', {
      ...{ program: preferred, configuration: configuration(SERVERS), directory },
    });
    await waitFor(() => heard.timesUs.length > 0, { deadlineMs: DEADLINE_MS, what: 'a first advert' });
    expect(router.log).not.toContain('Startup complete');
    await router.waitForLog('Startup complete');
    await servesWith(SERVERS);
    inTime(0);
  });

  it('while a reload brings as many again', async () => {
    const since = heard.timesUs.length;
    writeFileSync(router.configuration, configuration(2 * SERVERS));
    router.signal('SIGHUP');
    await router.waitForLog('Reload complete');
    await servesWith(2 * SERVERS);
    inTime(since);
  });

  it('while a reload takes them away', async () => {
    const since = heard.timesUs.length;
    writeFileSync(router.configuration, configuration(SERVERS));
    router.signal('SIGHUP');
    await waitFor(() => router.log.split('Reload complete').length === 3, {
      ...{ deadlineMs: DEADLINE_MS, what: 'a second reload' },
    });
    await servesWith(SERVERS);
    inTime(since);
  });

  it('at the end the last of them, which resigns, leaves at once', async () => {
    const since = heard.timesUs.length;
    const stoppedUs = Date.now() * 1_000;
    router.signal('SIGTERM');
    await router.ended;
    inTime(since);
    expect(priorityOf(heard.frames.at(-1))).toBe(0);
    expect((heard.timesUs.at(-1) ?? 0) - stoppedUs).toBeLessThan(LATE_US);
    expect(router.log).toContain('Stopped');
  });
});
