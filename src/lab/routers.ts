/** The lab's routers: their configuration, their command lines, and what can be done to them while the lab runs. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lan } from './namespaces.ts';
import { crash, isRunning, type ProcessIdentity, terminate, withDescendants } from './process.ts';
import type { LabRecord } from './record.ts';
import { LabError } from './run.ts';
import { runningService, startService } from './service.ts';

export interface RouterPlace {
  readonly host: string;
  readonly configuration: string;
  readonly journal: string;
  readonly control: string;
  /** Directory for anything else, such as pid files. */
  readonly directory: string;
}

/** Command line of a router that stays in the foreground and logs to its standard output or error. */
export type RouterProgram = (place: RouterPlace) => readonly string[];

const project = fileURLToPath(new URL('../../', import.meta.url));
const stopGraceMs = 5_000;

export function projectCommand(name: 'relived' | 'relive'): string {
  return join(project, 'bin', name);
}

/** relived with pid files of its own. */
export const relived: RouterProgram = ({ host, configuration, journal, control, directory }) => [
  projectCommand('relived'),
  ...['-n', '-l', '-D', '-f', configuration, '--journal', journal, '--control', control, '--node', host],
  ...['-p', join(directory, `${host}-relived.pid`), '-r', join(directory, `${host}-relived-vrrp.pid`)],
];

/** keepalived with pid files of its own, for a lab with both on one LAN. It keeps no journal. */
export const keepalived: RouterProgram = ({ host, configuration, directory }) => {
  const pidFile = (part: string) => join(directory, `${host}-${part}.pid`);
  const pidFiles = [
    '-p',
    pidFile('parent'),
    '-r',
    pidFile('vrrp'),
    '-c',
    pidFile('checkers'),
    '-b',
    pidFile('bfd'),
  ];
  return ['keepalived', '-n', '-l', '-D', '-f', configuration, ...pidFiles];
};

export interface InstanceSettings {
  readonly host: string;
  /** As people write it for the router that should be master. */
  readonly state: 'MASTER' | 'BACKUP';
  readonly priority: number;
  /** With prefix length. */
  readonly virtualAddress: string;
}

/** keepalived.conf of one lab router: VRRP version 3, an advertisement a second, virtual router 51. */
export function routerConfiguration({ host, state, priority, virtualAddress }: InstanceSettings): string {
  return `global_defs {
    router_id ${host}
}

vrrp_instance lab {
    state ${state}
    interface eth0
    virtual_router_id 51
    priority ${priority}
    version 3
    advert_int 1
    virtual_ipaddress {
        ${virtualAddress}
    }
}
`;
}

export function routerProcess(lab: LabRecord, host: string): ProcessIdentity | null {
  routerArgv(lab, host);
  return runningService(lab.directory, host);
}

/** Starts the host's router unless it runs; the process and whether it is a new one. */
export async function startRouter(
  lab: LabRecord,
  lan: Lan,
  host: string,
): Promise<{ process: ProcessIdentity; started: boolean }> {
  const argv = routerArgv(lab, host);
  const running = runningService(lab.directory, host);
  if (running) return { process: running, started: false };
  return { process: await startService(lab.directory, host, lan.argv(host, argv)), started: true };
}

/** SIGTERM, as a service manager stops it. Throws LabError if it does not run. */
export async function stopRouter(lab: LabRecord, host: string): Promise<ProcessIdentity> {
  const router = requireRunning(lab, host);
  const family = withDescendants(router);
  await terminate([router], stopGraceMs);
  await terminate(family.filter(isRunning), 0);
  return router;
}

/** SIGKILL to all of the router's processes at once, as a crash ends it. Throws LabError if it does not run. */
export async function killRouter(lab: LabRecord, host: string): Promise<ProcessIdentity> {
  const router = requireRunning(lab, host);
  if (!(await crash(router))) throw new LabError(`${host}: process ${router.pid} does not die`);
  return router;
}

function requireRunning(lab: LabRecord, host: string): ProcessIdentity {
  const router = routerProcess(lab, host);
  if (router === null) throw new LabError(`${host}: its router is not running`);
  return router;
}

function routerArgv(lab: LabRecord, host: string): readonly string[] {
  const argv = lab.routers[host];
  if (argv === undefined) {
    throw new LabError(`no router at '${host}'; routers are ${Object.keys(lab.routers).join(', ')}`);
  }
  return argv;
}

/** The hosts that hold the virtual address now: more than one after a crash or in a partition. */
export async function holders(lab: LabRecord, lan: Lan): Promise<string[]> {
  const routers = Object.keys(lab.routers);
  const addresses = await Promise.all(routers.map((host) => lan.addresses(host)));
  return routers.filter((_, index) => addresses[index]?.includes(lab.virtualAddress));
}
