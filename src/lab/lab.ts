/**
 * The lab: two routers and a host on a LAN of their own, the routers' logs on one terminal and their statecharts on a page.
 * It runs until its signal aborts, and then leaves nothing behind.
 */
import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatIpv4, parseIpv4 } from '../protocol/ipv4.ts';
import { LogTail } from './log-tail.ts';
import { Lan } from './namespaces.ts';
import { isRunning, type ProcessIdentity, terminate, withDescendants } from './process.ts';
import {
  claimRecord,
  type LabRecord,
  openLan,
  owner,
  readRecord,
  removeRecord,
  writeRecord,
} from './record.ts';
import {
  holders,
  type InstanceSettings,
  projectCommand,
  type RouterProgram,
  relived,
  routerConfiguration,
  startRouter,
} from './routers.ts';
import { LabError, waitFor } from './run.ts';
import { lastWords, logPath, runningService, startService } from './service.ts';

export interface LabOptions {
  /** Directory of the record and of the lab's own directory. */
  readonly base: string;
  /** Aborted to end the lab. */
  readonly signal: AbortSignal;
  /** Takes every line for the operator. */
  readonly print: (line: string) => void;
  /** Part of the namespaces' names; `lab`. */
  readonly id?: string;
  /** Address and port of the page; null: 127.0.0.1:8112, any port if that one is taken. */
  readonly listen?: string | null;
  /** Keep the journals when the lab ends. */
  readonly keep?: boolean;
  /** Program of single routers; relived for the others. */
  readonly programs?: Readonly<Record<string, RouterProgram>>;
  /** Command that serves the page and prints `listening on URL`. */
  readonly page?: (journals: readonly string[], listen: string) => readonly string[];
}

const subnet = '10.77.0.0/24';
const roles: Readonly<Record<string, Pick<InstanceSettings, 'state' | 'priority'>>> = {
  r1: { state: 'MASTER', priority: 150 },
  r2: { state: 'BACKUP', priority: 100 },
};
const hosts = [...Object.keys(roles), 'host'];
const defaultListen = '127.0.0.1:8112';
const holderDeadlineMs = 15_000;
const pageDeadlineMs = 15_000;
const stopGraceMs = 5_000;
const lookIntervalMs = 150;
const page = 'page';

/** Builds the lab, runs it until the signal aborts and takes it down. Throws LabError if it cannot come up. */
export async function runLab(options: LabOptions): Promise<void> {
  if (process.getuid?.() !== 0) throw new LabError('the lab needs root, for its network namespaces');
  await clearDeadLab(options);
  let record = claimRecord(options.base, plan(options));
  const tails = Object.keys(record.routers).map(
    (host) => new LogTail(logPath(record.directory, host), (line) => options.print(`${host} | ${line}`)),
  );
  const showLogs = setInterval(() => {
    for (const tail of tails) tail.poll();
  }, lookIntervalMs);
  let lan: Lan | null = null;
  try {
    const built = await build(record);
    lan = built;
    for (const host of Object.keys(record.routers)) await startRouter(record, built, host);
    await holderAppears(record, built, options.signal);
    const url = await servePage(record, options);
    record = { ...record, page: url, ready: true };
    writeRecord(options.base, record);
    for (const line of guide(record)) options.print(line);
    await announceChanges(record, options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  } finally {
    clearInterval(showLogs);
    for (const tail of tails) tail.poll();
    await dismantle(record, options, lan !== null);
  }
}

function plan(options: LabOptions): Omit<LabRecord, 'pid' | 'startTicks'> {
  const id = options.id ?? 'lab';
  const directory = join(options.base, id);
  const routers = Object.keys(roles);
  const places = routers.map((host) => ({
    host,
    configuration: join(directory, `${host}.conf`),
    journal: join(directory, 'journal', host),
    control: join(directory, `${host}.sock`),
    directory,
  }));
  return {
    id,
    directory,
    hosts,
    subnet,
    virtualAddress: formatIpv4((parseIpv4(subnet.split('/')[0] ?? '') ?? 0) + 100),
    namespaces: Lan.open({ id, hosts, subnet }).namespaces,
    journals: places.map((place) => place.journal),
    control: Object.fromEntries(places.map((place) => [place.host, place.control])),
    routers: Object.fromEntries(
      places.map((place) => [place.host, (options.programs?.[place.host] ?? relived)(place)]),
    ),
    page: null,
    ready: false,
  };
}

async function clearDeadLab(options: LabOptions): Promise<void> {
  const left = readRecord(options.base);
  if (left === null) return;
  if (isRunning(owner(left))) {
    const where = left.page ? ` at ${left.page}` : '';
    throw new LabError(
      `a lab runs already (process ${left.pid})${where}: end it first, with Ctrl-C or kill ${left.pid}`,
    );
  }
  options.print(`lab: clearing away what process ${left.pid} left behind`);
  await dismantle(left, { ...options, keep: false, print: () => {} }, true);
}

async function build(record: LabRecord): Promise<Lan> {
  rmSync(record.directory, { recursive: true, force: true });
  mkdirSync(record.directory, { mode: 0o700 });
  for (const journal of record.journals) mkdirSync(journal, { recursive: true, mode: 0o700 });
  const lan = await Lan.create({ id: record.id, hosts: record.hosts, subnet: record.subnet });
  const virtualAddress = `${record.virtualAddress}/${lan.prefixLength}`;
  for (const [host, role] of Object.entries(roles)) {
    const text = routerConfiguration({ host, ...role, virtualAddress });
    writeFileSync(join(record.directory, `${host}.conf`), text, { mode: 0o600 });
  }
  return lan;
}

async function holderAppears(record: LabRecord, lan: Lan, signal: AbortSignal): Promise<void> {
  const routers = Object.keys(record.routers);
  await waitFor(
    async () => {
      if ((await holders(record, lan)).length > 0) return true;
      if (routers.some((host) => runningService(record.directory, host))) return false;
      const said = routers.map((host) => `${host}: ${lastWords(record.directory, host)}`).join('\n  ');
      throw new LabError(`every router has ended\n  ${said}`);
    },
    {
      deadlineMs: holderDeadlineMs,
      what: `a router holds ${record.virtualAddress}`,
      signal,
      intervalMs: 100,
    },
  );
}

/** The page's address; null, with a line that says why, if it cannot be served: the lab is of use without it. */
async function servePage(record: LabRecord, options: LabOptions): Promise<string | null> {
  const command =
    options.page ??
    ((journals, listen) => [projectCommand('relive'), 'view', ...journals, '--listen', listen]);
  const attempts = options.listen ? [options.listen] : [defaultListen, '127.0.0.1:0'];
  for (const listen of attempts) {
    rmSync(logPath(record.directory, page), { force: true });
    const server = await startService(record.directory, page, command(record.journals, listen));
    const url = await waitFor(() => announcedUrl(record) ?? (isRunning(server) ? null : 'ended'), {
      deadlineMs: pageDeadlineMs,
      what: `the page is served on ${listen}`,
      signal: options.signal,
    });
    if (url !== 'ended') return url;
    options.print(`lab: no page on ${listen}: ${lastWords(record.directory, page)}`);
  }
  return null;
}

function announcedUrl(record: LabRecord): string | null {
  const log = readFileSync(logPath(record.directory, page), 'utf8');
  return /listening on (http:\/\/\S+)\n/.exec(log)?.[1] ?? null;
}

function guide(record: LabRecord): string[] {
  const [first = '', second = ''] = Object.keys(record.routers);
  const entry = (command: string, what: string) => `  ${command.padEnd(52)}${what}`;
  return [
    '',
    record.page ? `lab is up: ${record.page}` : 'lab is up, without a page',
    `${first} and ${second} share ${record.virtualAddress}. In another terminal, try:`,
    entry(`bin/relive lab kill ${first}`, 'crash it: the other takes over after 3.6 s'),
    entry(`bin/relive lab cut ${first}`, 'pull its cable'),
    entry(`bin/relive lab block ${first}`, 'the switch drops its frames: two masters'),
    entry('bin/relive lab heal', 'undo all of that'),
    entry('bin/relive lab status', 'who runs, who is connected, who holds the address'),
    entry(`bin/relive lab exec host ping ${record.virtualAddress}`, 'watch the address from a host'),
    entry('bin/relive why', 'why the last failover happened'),
    entry('bin/relive log', 'every transition so far'),
    entry('bin/relive status', 'what the routers say of themselves'),
    'Ctrl-C ends the lab.',
    '',
  ];
}

/** Tells when a service ends or runs again, whoever did it, until the signal aborts. */
async function announceChanges(record: LabRecord, { print, signal }: LabOptions): Promise<void> {
  const services = [...Object.keys(record.routers), ...(record.page ? [page] : [])];
  const known = new Map<string, ProcessIdentity | null>(
    services.map((name) => [name, runningService(record.directory, name)]),
  );
  while (!signal.aborted) {
    for (const name of services) {
      const before = known.get(name) ?? null;
      const now = runningService(record.directory, name);
      if (before?.pid === now?.pid) continue;
      known.set(name, now);
      if (before) print(`lab: ${name}: process ${before.pid} has ended`);
      if (now) print(`lab: ${name}: process ${now.pid} runs`);
    }
    await sleep(lookIntervalMs, undefined, { signal });
  }
}

/** Ends and removes all that the record names; works on a lab that came up only in part. */
async function dismantle(
  record: LabRecord,
  { base, print, keep }: LabOptions,
  ownsNamespaces: boolean,
): Promise<void> {
  if (record.ready) print('lab: ending');
  const services = [...Object.keys(record.routers), page].flatMap(
    (name) => runningService(record.directory, name) ?? [],
  );
  const families = services.flatMap(withDescendants);
  await terminate(services, stopGraceMs);
  await terminate(families, 0);
  if (ownsNamespaces) await openLan(record).destroy();
  if (keep === true && record.ready) {
    const kept = join(base, `journal-${new Date().toISOString().replace(/[-:]|\.[0-9]+/g, '')}`);
    renameSync(join(record.directory, 'journal'), kept);
    print(`lab: journals kept: ${kept}`);
  } else if (record.ready) {
    print(`lab: journals removed with ${record.directory} (--keep keeps them)`);
  }
  rmSync(record.directory, { recursive: true, force: true });
  removeRecord(base);
  removeIfEmpty(base);
  if (record.ready) print('lab: ended, nothing left behind');
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Kept journals lie in it.
  }
}
