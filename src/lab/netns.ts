/** Named network namespaces of the machine: made, looked into and removed with few processes, since each one costs 20 ms. */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { identify, type ProcessIdentity } from './process.ts';
import { LabError, run } from './run.ts';

/** Where iproute2 keeps them. */
const DIRECTORY = '/run/netns';

/** Names of the machine's named network namespaces. */
export function listNamespaces(): string[] {
  try {
    return readdirSync(DIRECTORY);
  } catch {
    // Nobody has made one since the machine started.
    return [];
  }
}

/**
 * Runs lines of `ip` in one process, in a namespace or here. Throws LabError with the line that failed and what ip said of
 * it; those before it have been done.
 */
export async function ipBatch(namespace: string | null, lines: readonly string[]): Promise<void> {
  const argv = ['ip', ...(namespace === null ? [] : ['-n', namespace]), '-batch', '-'];
  const { code, stderr } = await run(argv, { input: `${lines.join('\n')}\n`, allowFailure: true });
  if (code === 0) return;
  const [, message = '', number = ''] = /^(.*?)\s*Command failed -:([0-9]+)/s.exec(stderr) ?? [];
  const line = lines[Number(number) - 1];
  throw new LabError(line === undefined ? `ip: ${stderr.trim()}` : `ip ${line}: ${message}`);
}

/** In each of them the loopback interface is up. `made` grows with each namespace, so that a failure removes these and no others. */
export async function addNamespaces(
  names: readonly string[],
  { ipv6, made }: { readonly ipv6: boolean; readonly made: string[] },
): Promise<void> {
  try {
    await ipBatch(
      null,
      names.map((name) => `netns add ${name}`),
    );
  } finally {
    made.push(...listNamespaces().filter((name) => names.includes(name)));
  }
  await Promise.all(
    names.map(async (name) => {
      if (!ipv6) await disableIpv6(name);
      await ipBatch(name, ['link set lo up']);
    }),
  );
}

async function disableIpv6(name: string): Promise<void> {
  const off = ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'];
  // Kernels without IPv6 have no such keys.
  await run(['nsenter', `--net=${DIRECTORY}/${name}`, 'sysctl', '-qw', ...off], { allowFailure: true });
}

/** Throws LabError with every one that could not be removed; the others are gone. */
export async function deleteNamespaces(names: readonly string[]): Promise<void> {
  const failures: string[] = [];
  let waiting = names;
  while (waiting.length > 0) {
    const before = waiting;
    const failure = await ipBatch(
      null,
      waiting.map((name) => `netns del ${name}`),
    ).catch((error: Error) => error);
    const left = new Set(listNamespaces());
    waiting = waiting.filter((name) => left.has(name));
    if (!(failure instanceof Error)) continue;
    failures.push(failure.message);
    // What failed would fail again.
    waiting = before.filter((name) => left.has(name) && !failure.message.includes(name));
  }
  if (failures.length > 0) throw new LabError(failures.join('; '));
}

/** What runs in any of these namespaces, but for this process. */
export function processesIn(names: readonly string[]): ProcessIdentity[] {
  const wanted = new Set(names.flatMap((name) => inodeOf(`${DIRECTORY}/${name}`) ?? []));
  if (wanted.size === 0) return [];
  return readdirSync('/proc')
    .filter((entry) => /^[0-9]+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      const inode = namespaceOf(entry);
      return inode !== null && wanted.has(inode) ? (identify(Number(entry)) ?? []) : [];
    });
}

function inodeOf(path: string): string | null {
  try {
    return String(statSync(path).ino);
  } catch {
    return null;
  }
}

/** `net:[4026531840]` without its frame; null for a process that is gone. */
function namespaceOf(pid: string): string | null {
  try {
    return /[0-9]+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0] ?? null;
  } catch {
    return null;
  }
}
