/** LANs of network namespaces for tests: names of their own, and removal even if the test or its runner is killed. */
import { threadId } from 'node:worker_threads';
import { Lan, type LanOptions } from '../../src/lab/namespaces.ts';
import { run } from '../../src/lab/run.ts';
import { removeInTheEnd } from './leftovers.ts';

let count = 0;

/** An id that no other LAN on this machine has: the namespaces are called `relived-<pid>-<thread>-<n>-<host>`. */
export function uniqueLanId(): string {
  count += 1;
  return `${process.pid}-${threadId}-${count}`;
}

/** Builds a LAN; the caller destroys it. For beforeAll and afterAll. */
export async function createLan(options: Omit<LanOptions, 'id'>): Promise<Lan> {
  const id = uniqueLanId();
  removeInTheEnd({ kind: 'lan', id, hosts: options.hosts });
  return Lan.create({ id, ...options });
}

/** Runs `body` on a LAN that is gone afterwards, whatever `body` does. */
export async function withLan<T>(
  options: Omit<LanOptions, 'id'>,
  body: (lan: Lan) => Promise<T>,
): Promise<T> {
  const lan = await createLan(options);
  try {
    return await body(lan);
  } finally {
    await lan.destroy();
  }
}

/** Runs `ip` in a host's namespace; gives what it prints. */
export async function ip(lan: Lan, host: string, ...args: readonly string[]): Promise<string> {
  return (await run(['ip', '-n', lan.namespace(host), ...args])).stdout;
}

interface InterfaceJson {
  readonly address?: string;
  readonly addr_info?: readonly {
    readonly family: string;
    readonly local: string;
    readonly prefixlen: number;
  }[];
}

/** MAC address of an interface, and its IPv4 addresses as `10.0.0.1/24`. */
export async function interfaceOf(
  lan: Lan,
  host: string,
  name: string,
): Promise<{ readonly mac: string; readonly held: string[] }> {
  const [link]: InterfaceJson[] = JSON.parse(await ip(lan, host, '-j', 'addr', 'show', 'dev', name));
  const held = (link?.addr_info ?? [])
    .filter(({ family }) => family === 'inet')
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  return { mac: link?.address ?? '', held };
}

/** Gives a host whose eth0 was deleted a new one, with the host's address. */
export async function replug(lan: Lan, host: string): Promise<void> {
  const [switchNamespace = ''] = lan.namespaces;
  const onSwitch = ['ip', '-n', switchNamespace, 'link'];
  const port = `to-${host}`;
  await run([...onSwitch, 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', lan.namespace(host)]);
  await run([...onSwitch, 'set', port, 'master', 'br0', 'up']);
  await ip(lan, host, 'addr', 'add', `${lan.address(host)}/${lan.prefixLength}`, 'dev', 'eth0');
  await ip(lan, host, 'link', 'set', 'eth0', 'up');
}
