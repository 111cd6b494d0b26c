/** BFD sessions against FRR and keepalived, over real sockets. */
import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { sessionOf, sessionsOf, waitForSession } from '../harness/bfd-status.ts';
import { Frr, hasFrr } from '../harness/frr.ts';
import { createLan, ip } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const UP_DEADLINE_MS = 15_000;

/** a and b, e and f, g and h are neighbours; the way between c and d is over the router r. */
const HOSTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'r'] as const;
/** The Linux kernel does not give it to g by itself. */
const LATE_ADDRESS = '10.77.0.50';
const ADDRESS6 = { a: 'fd00::a', b: 'fd00::b' } as const;

let lan: Lan;
let directory: string;

beforeAll(async () => {
  lan = await createLan({ hosts: [...HOSTS], ipv6: true });
  directory = temporaryDirectory('bfd');
  for (const host of ['a', 'b'] as const)
    await ip(lan, host, 'addr', 'add', `${ADDRESS6[host]}/64`, 'dev', 'eth0', 'nodad');
  await ip(lan, 'c', 'addr', 'add', '10.78.0.1/32', 'dev', 'lo');
  await ip(lan, 'd', 'addr', 'add', '10.79.0.1/32', 'dev', 'lo');
  await ip(lan, 'c', 'route', 'add', '10.79.0.1', 'via', lan.address('r'), 'src', '10.78.0.1');
  await ip(lan, 'd', 'route', 'add', '10.78.0.1', 'via', lan.address('r'), 'src', '10.79.0.1');
  await ip(lan, 'r', 'route', 'add', '10.78.0.1', 'via', lan.address('c'));
  await ip(lan, 'r', 'route', 'add', '10.79.0.1', 'via', lan.address('d'));
  const forward = ['net.ipv4.ip_forward=1', 'net.ipv4.conf.all.send_redirects=0'];
  await lan.exec('r', ['sysctl', '-qw', ...forward, 'net.ipv4.conf.eth0.send_redirects=0']);
}, 60_000);

afterAll(async () => {
  await lan.destroy();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

function session(name: string, lines: readonly string[]): string {
  return `bfd_instance ${name} {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`;
}

function start(
  host: string,
  program: typeof relived,
  ...sessions: readonly string[]
): Promise<RouterProcess> {
  return RouterProcess.start(lan, host, { program, configuration: sessions.join(''), directory });
}

describe.skipIf(!hasFrr)('with FRR', () => {
  it.concurrent('single hop over IPv4 and IPv6: comes up, finds out in time, and comes back', async () => {
    const frr = await Frr.start(lan, 'b', directory, [
      'bfd',
      ` peer ${lan.address('a')} interface eth0`,
      '  detect-multiplier 4',
      '  receive-interval 300',
      '  transmit-interval 250',
      ` peer ${ADDRESS6.a} local-address ${ADDRESS6.b} interface eth0`,
    ]);
    const router = await start(
      'a',
      relived,
      session('four', [`neighbor_ip ${lan.address('b')}`, 'min_tx 200', 'min_rx 150', 'multiplier 5']),
      session('six', [`neighbor_ip ${ADDRESS6.b}`, `source_ip ${ADDRESS6.a}`, 'hoplimit 255', 'min_tx 300']),
    );
    const { control } = router.files;
    const four = await waitForSession(
      control,
      'four',
      ({ state, detectUs }) => state === 'up' && detectUs === 1_000_000,
    );
    // Slower of what FRR sends and what we want to hear, times FRR's multiplier; and the other way round.
    expect(four).toMatchObject({
      transmitIntervalUs: 300_000,
      detectUs: 4 * 250_000,
      remote: { state: 'up' },
    });
    await waitForSession(control, 'six', ({ state }) => state === 'up');
    const peers = await waitFor(
      async () => {
        const found = await frr.peers();
        return found.every(({ status }) => status === 'up') ? found : null;
      },
      { deadlineMs: UP_DEADLINE_MS, what: 'FRR sees both sessions up' },
    );
    const peer = peers.find((each) => each['remote-id'] === four.discriminator);
    expect(peer).toMatchObject({
      id: four.remote?.discriminator,
      'remote-receive-interval': 150,
      'remote-transmit-interval': 200,
      'remote-detect-multiplier': 5,
    });

    await lan.block('b');
    const down = await waitForSession(control, 'four', ({ state }) => state === 'down');
    expect(down).toMatchObject({ diagnostic: 'Control Detection Time Expired', remote: null });
    expect(down.discriminator).not.toBe(four.discriminator);
    await waitForSession(control, 'six', ({ state }) => state === 'down');
    const { stdout } = await relive('log', '-j', router.files.journal, '-o', 'jsonl', '-i', 'bfd/four');
    const silent = stdout
      .split('\n')
      .filter((line) => line.includes('neighbor.silent'))
      .map((line) => JSON.parse(line).event);
    expect(silent).toHaveLength(1);
    expect(silent[0].allowedUs).toBe(1_000_000);
    expect(silent[0].silentUs - silent[0].lateUs).toBe(1_000_000);
    await router.waitForLog('(four) Entering Down state (Local diagnostic - Control Detection Time Expired');

    await lan.heal('b');
    await waitForSession(control, 'four', ({ state }) => state === 'up');
    await waitForSession(control, 'six', ({ state }) => state === 'up');
    expect((await relive('verify', '-j', router.files.journal)).code).toBe(0);

    // Taken down on purpose: no packet is missing, and nobody is told.
    await frr.configure('bfd', `peer ${lan.address('a')} interface eth0`, 'shutdown');
    const taken = await waitForSession(control, 'four', ({ state }) => state === 'down');
    expect(taken).toMatchObject({
      diagnostic: 'Neighbor Signaled Session Down',
      remote: { state: 'adminDown' },
    });
    await frr.configure('bfd', `peer ${lan.address('a')} interface eth0`, 'no shutdown');
    await waitForSession(control, 'four', ({ state }) => state === 'up');
    expect(await sessionsOf(control)).toHaveLength(2);
    await router.stop();
  }, 120_000);

  it.concurrent('multihop: the TTL that a router takes off has to be allowed', async () => {
    await Frr.start(lan, 'd', directory, [
      'bfd',
      ' peer 10.78.0.1 multihop local-address 10.79.0.1',
      '  minimum-ttl 254',
    ]);
    const way = ['neighbor_ip 10.79.0.1', 'source_ip 10.78.0.1', 'multihop', 'min_tx 300', 'min_rx 300'];
    const strict = await start('c', relived, session('far', way));
    const discards = await waitFor(
      async () => {
        const far = await sessionOf(strict.files.control, 'far');
        return (far?.counters?.errors.hops ?? 0) > 0 ? far : null;
      },
      { deadlineMs: UP_DEADLINE_MS, what: 'packets over a router are discarded' },
    );
    expect(discards).toMatchObject({ state: 'down', counters: { received: 0 } });
    await strict.stop();
    const allowing = await start('c', relived, session('far', [...way, 'max_hops 1']));
    await waitForSession(allowing.files.control, 'far', ({ state }) => state === 'up');
    await allowing.stop();
  }, 120_000);
});

describe('with keepalived and itself', () => {
  it.concurrent('with keepalived: comes up while passive, and hears at once that the other has gone', async () => {
    const timers = ['min_tx 200', 'min_rx 200', 'multiplier 4'];
    const router = await start(
      'e',
      relived,
      session('peer', [`neighbor_ip ${lan.address('f')}`, 'passive', ...timers]),
    );
    const { control } = router.files;
    const waiting = await waitForSession(control, 'peer', ({ state }) => state === 'down');
    expect(waiting.counters).toMatchObject({ sent: 0 });
    const other = await start(
      'f',
      keepalived,
      session('peer', [`neighbor_ip ${lan.address('e')}`, ...timers]),
    );
    const up = await waitForSession(
      control,
      'peer',
      ({ state, detectUs }) => state === 'up' && detectUs === 800_000,
    );
    expect(up).toMatchObject({ transmitIntervalUs: 200_000, detectUs: 800_000 });
    await other.waitForLog('Entering Up state');
    await other.kill();
    const down = await waitForSession(control, 'peer', ({ state }) => state === 'down');
    expect(down).toMatchObject({ diagnostic: 'Control Detection Time Expired' });
    // It does not send again before the neighbour does.
    expect(down.transmitIntervalUs).toBeNull();
    await router.stop();
  }, 60_000);

  it.concurrent('starts without its source address, and opens its sockets when it has it and hears its neighbour', async () => {
    const timers = ['min_tx 300', 'min_rx 300'];
    const router = await start(
      'g',
      relived,
      session('late', [`neighbor_ip ${lan.address('h')}`, `source_ip ${LATE_ADDRESS}`, ...timers]),
    );
    const { control } = router.files;
    const without = await waitForSession(control, 'late', ({ state }) => state === 'adminDown');
    expect(without.error).toContain('EADDRNOTAVAIL');
    const other = await start('h', relived, session('peer', [`neighbor_ip ${LATE_ADDRESS}`, ...timers]));
    await ip(lan, 'g', 'addr', 'add', `${LATE_ADDRESS}/24`, 'dev', 'eth0');
    await waitForSession(control, 'late', ({ state }) => state === 'up');

    // Another configuration: the session goes on, and the neighbour is told of the new intervals.
    await writeFile(
      router.configuration,
      session('late', [
        `neighbor_ip ${lan.address('h')}`,
        `source_ip ${LATE_ADDRESS}`,
        'min_tx 400',
        'min_rx 500',
      ]),
    );
    const { discriminator } = await waitForSession(control, 'late', () => true);
    router.signal('SIGHUP');
    const changed = await waitForSession(
      other.files.control,
      'peer',
      ({ detectUs, transmitIntervalUs }) => detectUs === 5 * 400_000 && transmitIntervalUs === 500_000,
    );
    expect(changed).toMatchObject({ state: 'up', remote: { discriminator } });
    expect(router.log.match(/Entering Up state/g)).toHaveLength(1);
    await Promise.all([router.stop(), other.stop()]);
    for (const { files } of [router, other])
      expect((await relive('verify', '-j', files.journal)).code).toBe(0);
  }, 60_000);
});
