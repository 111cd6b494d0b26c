import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Lan } from '../../src/lab/namespaces.ts';
import { listNamespaces } from '../../src/lab/netns.ts';
import { identify } from '../../src/lab/process.ts';
import { waitFor } from '../../src/lab/run.ts';
import { createLan, ip, uniqueLanId, withLan } from '../harness/lan.ts';
import { killInTheEnd } from '../harness/leftovers.ts';

const hosts = ['r1', 'r2', 'host'] as const;

async function answers(lan: Lan, from: string, to: string): Promise<boolean> {
  // Whoever has just asked for the address in vain would soon give up, and fail what waits for it meanwhile.
  await ip(lan, from, 'neigh', 'flush', 'dev', 'eth0');
  const ping = ['ping', '-n', '-q', '-c', '1', '-W', '1', lan.address(to)];
  return (await lan.exec(from, ping, { allowFailure: true })).code === 0;
}

async function hasCarrier(lan: Lan, host: string): Promise<boolean> {
  const { stdout } = await lan.exec(host, ['cat', '/sys/class/net/eth0/carrier'], { allowFailure: true });
  return stdout.trim() === '1';
}

/** Frames that a host's eth0 has received. */
async function received(lan: Lan, host: string): Promise<number> {
  const { stdout } = await lan.exec(host, ['cat', '/sys/class/net/eth0/statistics/rx_packets']);
  return Number(stdout);
}

/** One broadcast frame: an ARP request for an address that nobody has. */
async function shout(lan: Lan, from: string): Promise<void> {
  await lan.exec(from, ['ping', '-n', '-q', '-c', '1', '-W', '1', '10.77.0.250'], { allowFailure: true });
}

const namesOf = (lan: Lan, all: readonly string[]) => all.filter((name) => lan.namespaces.includes(name));

describe.concurrent('a LAN of network namespaces', () => {
  it('connects every host with every other, without IPv6, and no port of it is outside', async () => {
    await withLan({ hosts }, async (lan) => {
      expect(hosts.map((host) => lan.address(host))).toEqual(['10.77.0.1', '10.77.0.2', '10.77.0.3']);
      for (const from of hosts) for (const to of hosts) expect(await answers(lan, from, to)).toBe(true);
      expect(await lan.addresses('r2')).toEqual(['10.77.0.2']);
      expect((await lan.exec('r1', ['ip', '-6', 'addr'])).stdout).toBe('');
      // The other tests' interfaces come and go; a cable of this LAN would show its port.
      expect(readFileSync('/proc/net/dev', 'utf8')).not.toMatch(/^ *to-/m);
    });
  });

  it('gives addresses of another subnet when asked', async () => {
    await withLan({ hosts: ['a', 'b'], subnet: '192.168.9.16/28' }, async (lan) => {
      expect(lan.address('b')).toBe('192.168.9.18');
      expect(await answers(lan, 'a', 'b')).toBe(true);
    });
  });

  it('cut takes the carrier away from one host only, heal gives it back', async () => {
    await withLan({ hosts }, async (lan) => {
      await lan.cut('r1');
      expect(await hasCarrier(lan, 'r1')).toBe(false);
      expect(await lan.link('r1')).toEqual({ carrier: false, blocked: null });
      expect(await answers(lan, 'r2', 'r1')).toBe(false);
      expect(await hasCarrier(lan, 'r2')).toBe(true);
      expect(await answers(lan, 'r2', 'host')).toBe(true);
      await lan.heal('r1');
      expect(await hasCarrier(lan, 'r1')).toBe(true);
      expect(await answers(lan, 'r2', 'r1')).toBe(true);
    });
  });

  it('block drops all frames of a host while its carrier stays, also if cut and healed in between', async () => {
    await withLan({ hosts }, async (lan) => {
      await lan.block('r1');
      expect(await hasCarrier(lan, 'r1')).toBe(true);
      expect(await lan.link('r1')).toEqual({ carrier: true, blocked: 'both' });
      expect(await answers(lan, 'r1', 'r2')).toBe(false);
      expect(await answers(lan, 'host', 'r1')).toBe(false);
      expect(await answers(lan, 'host', 'r2')).toBe(true);
      await lan.cut('r1');
      await lan.heal('r1');
      expect(await lan.link('r1')).toEqual({ carrier: true, blocked: null });
      expect(await answers(lan, 'r1', 'r2')).toBe(true);
    });
  });

  it.each([
    ['out', 'r1', 'r2'],
    ['in', 'r2', 'r1'],
  ] as const)(
    'block %s stops broadcasts from %s to %s and lets the other way pass',
    async (direction, from, to) => {
      await withLan({ hosts: ['r1', 'r2'] }, async (lan) => {
        expect(await answers(lan, 'r1', 'r2')).toBe(true);
        await lan.block('r1', direction);
        expect((await lan.link('r1')).blocked).toBe(direction);
        expect(await answers(lan, 'r1', 'r2')).toBe(false);
        const reached = await received(lan, to);
        const back = await received(lan, from);
        await shout(lan, from);
        expect(await received(lan, to)).toBe(reached);
        await shout(lan, to);
        expect(await received(lan, from)).toBeGreaterThan(back);
        await lan.heal('r1');
        expect(await lan.link('r1')).toEqual({ carrier: true, blocked: null });
        expect(await answers(lan, 'r1', 'r2')).toBe(true);
      });
    },
  );

  it('destroy ends what runs inside, even what ignores SIGTERM, and removes the namespaces', async () => {
    const lan = await createLan({ hosts });
    const polite = lan.spawn('r1', ['sleep', '300']);
    const stubborn = lan.spawn('r2', ['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 300; done']);
    await new Promise((resolve) => stubborn.stdout?.once('data', resolve));
    expect(namesOf(lan, listNamespaces())).toHaveLength(4);
    await lan.destroy();
    expect(identify(polite.pid ?? 0)).toBeNull();
    expect(identify(stubborn.pid ?? 0)).toBeNull();
    expect(namesOf(lan, listNamespaces())).toEqual([]);
    await lan.destroy();
  });

  it('leaves nothing after a throw', async () => {
    let used: Lan | null = null;
    const body = withLan({ hosts }, (lan) => {
      used = lan;
      lan.spawn('host', ['sleep', '300']);
      return Promise.reject(new Error('the test failed'));
    });
    await expect(body).rejects.toThrow('the test failed');
    expect(namesOf(used as unknown as Lan, listNamespaces())).toEqual([]);
  });

  it('leaves nothing of a test process that is killed', async () => {
    const harness = new URL('../harness/lan.ts', import.meta.url).href;
    const script = `import { createLan } from ${JSON.stringify(harness)};
      const lan = await createLan({ hosts: ['a'] });
      const child = lan.spawn('a', ['sleep', '300'], { stdio: 'ignore' });
      console.log(JSON.stringify({ namespaces: lan.namespaces, pid: child.pid }));
      setInterval(() => {}, 1000);`;
    const victim = spawn(process.execPath, ['--input-type=module', '-e', script]);
    killInTheEnd(victim);
    const [said] = await once(victim.stdout, 'data');
    const { namespaces, pid }: { namespaces: string[]; pid: number } = JSON.parse(String(said));
    expect(namespaces).toHaveLength(2);
    expect(identify(pid)).not.toBeNull();
    victim.kill('SIGKILL');
    await waitFor(
      async () => listNamespaces().every((name) => !namespaces.includes(name)) && !identify(pid),
      { deadlineMs: 10_000, what: 'the reaper has been' },
    );
  });

  it('refuses a second LAN of the same name and leaves the first alone', async () => {
    const options = { id: uniqueLanId(), hosts: ['a', 'b'] };
    const lan = await Lan.create(options);
    try {
      await expect(Lan.create(options)).rejects.toThrow(/exist already/);
      expect(await answers(lan, 'a', 'b')).toBe(true);
    } finally {
      await lan.destroy();
    }
  });

  it.each([
    [{ id: 'a/b', hosts: ['a'] }, /not a LAN id/],
    [{ id: 'x', hosts: ['sw'] }, /not a host name/],
    [{ id: 'x', hosts: ['averylongname'] }, /not a host name/],
    [{ id: 'x', hosts: ['a', 'a'] }, /same name/],
    [{ id: 'x', hosts: ['a'], subnet: '10.0.0.0' }, /not an IPv4 subnet/],
    [{ id: 'x', hosts: ['a', 'b', 'c'], subnet: '10.0.0.0/30' }, /more hosts/],
  ])('refuses %j', async (options, message) => {
    await expect(Lan.create(options)).rejects.toThrow(message);
  });

  it('names the command and its message when one fails', async () => {
    await withLan({ hosts: ['a'] }, async (lan) => {
      await expect(lan.exec('a', ['ip', 'link', 'show', 'nothing'])).rejects.toThrow(
        /ip link show nothing.*does not exist/,
      );
      await expect(lan.cut('b')).rejects.toThrow("no host 'b'");
    });
  });
});
