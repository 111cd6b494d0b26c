/** `relive lab`: run the lab, and break and mend the one that runs. */
import { spawnSync } from 'node:child_process';
import { Command, Option } from 'commander';
import { runLab } from '../lab/lab.ts';
import type { BlockDirection, Lan } from '../lab/namespaces.ts';
import { currentLab, type LabRecord, labBaseDirectory, openLan } from '../lab/record.ts';
import { holders, keepalived, killRouter, routerProcess, startRouter, stopRouter } from '../lab/routers.ts';
import { LabError } from '../lab/run.ts';
import { writeOut } from './cli.ts';

interface UpOptions {
  readonly listen?: string;
  readonly keep?: boolean;
  readonly keepalived: readonly string[];
}

interface HostStatus {
  readonly host: string;
  readonly address: string;
  /** Process id of its router; null: not running; absent: no router here. */
  readonly router?: number | null;
  readonly link: 'connected' | 'cut' | 'blocked' | 'blocked out' | 'blocked in';
  readonly holdsVirtualAddress: boolean;
}

export function labCommand(): Command {
  const lab = new Command('lab')
    .description('run a lab of two routers, and break and mend it')
    .enablePositionalOptions();
  addUp(lab);
  lab
    .command('status')
    .description('who runs, who is connected, who holds the address')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['text', 'json']).default('text'))
    .action(({ output }: { output: string }) => act((record, lan) => showStatus(record, lan, output)));
  lab
    .command('kill <host>')
    .description("kill -9 the host's router")
    .action((host: string) => act((record) => kill(record, host)));
  lab
    .command('stop <host>')
    .description("stop the host's router in good order")
    .action((host: string) => act((record) => stop(record, host)));
  lab
    .command('start <host>')
    .description("start the host's router again")
    .action((host: string) => act((record, lan) => start(record, lan, host)));
  lab
    .command('cut <host>')
    .description("pull the host's cable: it loses its carrier")
    .action((host: string) => act((_, lan) => cut(lan, host)));
  lab
    .command('block <host>')
    .description("drop the host's frames in the switch while its carrier stays")
    .addOption(
      new Option('-d, --direction <direction>', 'frames it sends, frames it should hear, or both')
        .choices(['out', 'in', 'both'])
        .default('both'),
    )
    .action((host: string, { direction }: { direction: BlockDirection }) =>
      act((_, lan) => block(lan, host, direction)),
    );
  lab
    .command('heal [host]')
    .description('undo cut, block, kill and stop, at one host or at all')
    .action((host?: string) => act((record, lan) => heal(record, lan, host)));
  lab
    .command('exec <host> <command...>')
    .description("run a command inside the host's namespace")
    .passThroughOptions()
    .action((host: string, command: string[]) => act((_, lan) => execute(lan, host, command)));
  return lab;
}

function addUp(lab: Command): void {
  const collect = (host: string, before: readonly string[]) => [...before, host];
  lab
    .command('up')
    .description('build the lab, run it until Ctrl-C and leave nothing behind (npm start)')
    .option('--listen <address:port>', 'serve the page there (default: 127.0.0.1:8112, else any free port)')
    .option('--keep', 'keep the journals when the lab ends')
    .option('--keepalived <host>', "run keepalived as this host's router (may be repeated)", collect, [])
    .action(async (options: UpOptions) => {
      const ending = new AbortController();
      // A further signal must not cut the cleaning up short; every step of that has a deadline of its own.
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
      await report(() =>
        runLab({
          base: labBaseDirectory(),
          signal: ending.signal,
          print,
          listen: options.listen ?? null,
          keep: options.keep ?? false,
          programs: Object.fromEntries(options.keepalived.map((host) => [host, keepalived])),
        }),
      );
    });
}

function act(action: (record: LabRecord, lan: Lan) => Promise<void>): Promise<void> {
  return report(async () => {
    if (process.getuid?.() !== 0) throw new LabError('acting on the lab needs root');
    const record = currentLab();
    await action(record, openLan(record));
  });
}

async function report(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`relive lab: ${error.message}\n`);
    process.exitCode = 1;
  }
}

function print(line: string): void {
  writeOut(`${line}\n`);
}

const look = 'look: bin/relive lab status, bin/relive why, bin/relive log';

async function kill(record: LabRecord, host: string): Promise<void> {
  const router = await killRouter(record, host);
  print(
    `${host}: killed process ${router.pid} (SIGKILL); the address stays on its interface, as after any crash`,
  );
  print(`the other router takes ${record.virtualAddress} once it has missed three advertisements`);
  print(`${look}; undo: bin/relive lab start ${host}`);
}

async function stop(record: LabRecord, host: string): Promise<void> {
  const router = await stopRouter(record, host);
  print(
    `${host}: stopped process ${router.pid} (SIGTERM); it says goodbye with priority 0, so the other takes over at once`,
  );
  print(`${look}; undo: bin/relive lab start ${host}`);
}

async function start(record: LabRecord, lan: Lan, host: string): Promise<void> {
  const { process: router, started } = await startRouter(record, lan, host);
  print(started ? `${host}: started, process ${router.pid}` : `${host}: runs already, process ${router.pid}`);
  if (started) print(look);
}

async function cut(lan: Lan, host: string): Promise<void> {
  await lan.cut(host);
  print(`${host}: cable pulled, its eth0 has no carrier`);
  print(`${look}; undo: bin/relive lab heal ${host}`);
}

async function block(lan: Lan, host: string, direction: BlockDirection): Promise<void> {
  await lan.block(host, direction);
  const dropped = { out: 'frames it sends', in: 'frames it should hear', both: 'all its frames' }[direction];
  print(`${host}: the switch drops ${dropped}; its carrier stays`);
  print(`${look}; undo: bin/relive lab heal ${host}`);
}

async function heal(record: LabRecord, lan: Lan, only: string | undefined): Promise<void> {
  for (const host of only === undefined ? record.hosts : [only]) {
    const link = await lan.link(host);
    await lan.heal(host);
    if (!link.carrier) print(`${host}: cable plugged in`);
    else if (link.blocked) print(`${host}: frames pass again`);
    const { started, process: router } = record.routers[host]
      ? await startRouter(record, lan, host)
      : { started: false, process: null };
    if (started) print(`${host}: router started, process ${router?.pid}`);
    else if (link.carrier && !link.blocked) print(`${host}: nothing to mend`);
  }
  print(look);
}

async function execute(lan: Lan, host: string, command: readonly string[]): Promise<void> {
  const [file = '', ...args] = lan.argv(host, command);
  // Ctrl-C is for the command; this process waits for its end.
  process.on('SIGINT', () => {});
  const { status, signal, error } = spawnSync(file, args, { stdio: 'inherit' });
  if (error) throw new LabError(error.message);
  process.exitCode = status ?? (signal === null ? 1 : 130);
}

async function showStatus(record: LabRecord, lan: Lan, output: string): Promise<void> {
  const holding = await holders(record, lan);
  const hosts = await Promise.all(record.hosts.map((host) => hostStatus(record, lan, host, holding)));
  if (output === 'json') {
    const { id, pid, page, virtualAddress, journals, control } = record;
    print(JSON.stringify({ id, pid, page, virtualAddress, journals, control, hosts }));
    return;
  }
  print(`lab: process ${record.pid}, ${record.page ?? 'no page'}`);
  for (const { host, address, router, link, holdsVirtualAddress } of hosts) {
    const runs = router === undefined ? 'no router' : router === null ? 'not running' : `process ${router}`;
    const held = holdsVirtualAddress ? `holds ${record.virtualAddress}` : '';
    print(`${host.padEnd(6)}${address.padEnd(16)}${runs.padEnd(16)}${link.padEnd(14)}${held}`.trimEnd());
  }
}

async function hostStatus(
  record: LabRecord,
  lan: Lan,
  host: string,
  holding: readonly string[],
): Promise<HostStatus> {
  const { carrier, blocked } = await lan.link(host);
  const link = !carrier
    ? 'cut'
    : blocked === null
      ? 'connected'
      : blocked === 'both'
        ? 'blocked'
        : (`blocked ${blocked}` as const);
  const router = record.routers[host] ? { router: routerProcess(record, host)?.pid ?? null } : {};
  return { host, address: lan.address(host), ...router, link, holdsVirtualAddress: holding.includes(host) };
}
