/** Real servers within their virtual server: families, duplicates, ports. */
import type { IpFamily } from '../../protocol/ip.ts';
import type { BlockNode } from '../node.ts';
import type { Problems } from '../problems.ts';
import type { TCP_CHECK } from '../registry/lvs/checkers.ts';
import type { NAT } from '../registry/lvs/method.ts';
import { type Endpoint, familyOf } from '../registry/lvs/service.ts';
import { type RealServerNode, usable, type VirtualServerNode } from './lvs-nodes.ts';
import type { GroupFacts } from './virtual-server-groups.ts';

/**
 * Leaves out servers of another family than the service, which only tunnels can reach, and settles ip_family.
 * @returns whether anything but tunnelled servers decided the family
 */
export function dropForeignFamilies(server: VirtualServerNode, problems: Problems): boolean {
  const { name } = server;
  const addressFamily = name.by === 'address' ? familyOf(name.address) : null;
  let family = addressFamily ?? decidedFamily(server);
  reportFamilyConflict(server, addressFamily, problems);
  const methods = methodsInOrder(server);
  const reals = server.blocks('real_server');
  for (const real of reals) {
    if (isTunnelled(real, methods)) continue;
    const own = familyOf(real.name.address);
    family ??= own;
    if (own !== family) leaveOut(real, problems);
  }
  const sorry = server.get('sorry_server');
  if (sorry !== null && server.get('sorry_server_lvs_method').method !== 'TUN') {
    family ??= familyOf(sorry.address);
    if (familyOf(sorry.address) !== family) leaveOutSorry(server, sorry, problems);
  }
  server.correct('ip_family', family ?? commonFamily(server) ?? 'inet');
  return family !== null;
}

/** Said by ip_family or, of its own, by persistence_granularity. */
function decidedFamily(server: VirtualServerNode): IpFamily | null {
  const says = server.isSet('ip_family') || server.get('persistence_granularity') !== null;
  return says ? server.get('ip_family') : null;
}

function reportFamilyConflict(server: VirtualServerNode, family: IpFamily | null, problems: Problems): void {
  if (family === null || !server.isSet('ip_family') || server.get('ip_family') === family) return;
  const message = `the address of the virtual server is ${family}: the line is ignored`;
  problems.add({ severity: 'warning', code: 'family-conflict', place: server.place('ip_family'), message });
}

interface MethodLine {
  readonly index: number;
  readonly tunnel: boolean;
}

function methodsInOrder(server: VirtualServerNode): readonly MethodLine[] {
  return usable(server.given('lvs_method')).map(({ value, index }) => ({
    index,
    tunnel: (value as typeof NAT).method === 'TUN',
  }));
}

/** keepalived asks when it meets the real server: lvs_method of the virtual server must stand before it. */
function isTunnelled(real: RealServerNode, methods: readonly MethodLine[]): boolean {
  if (real.isSet('lvs_method')) return real.get('lvs_method').method === 'TUN';
  // Methods are few; the last one before the block is nearly always the only one.
  return methods.findLast(({ index }) => index < real.index)?.tunnel ?? false;
}

function leaveOut(real: RealServerNode, problems: Problems): void {
  real.kept = false;
  const message = `the real server ${real.name.address} is left out: its family is not that of the virtual server, and only tunnels (lvs_method TUN, before it) cross families`;
  problems.add({ severity: 'warning', code: 'mixed-families', place: real.origin, message });
}

function leaveOutSorry(server: VirtualServerNode, { address }: Endpoint, problems: Problems): void {
  const message = `the sorry server ${address} is left out: its family is not that of the virtual server`;
  problems.add({ severity: 'warning', code: 'mixed-families', place: server.place('sorry_server'), message });
  server.correct('sorry_server', null);
}

/** The family of all servers if they have one in common. */
function commonFamily(server: VirtualServerNode): IpFamily | null {
  const families = new Set(server.blocks('real_server').map(({ name }) => familyOf(name.address)));
  const sorry = server.get('sorry_server');
  if (sorry !== null) families.add(familyOf(sorry.address));
  const [family, second] = families;
  return second === undefined ? (family ?? null) : null;
}

/** Compared as the file has them, before any port is filled in or corrected. */
export function dropDuplicates(server: VirtualServerNode, problems: Problems): void {
  const seen = new Set<string>();
  for (const real of server.blocks('real_server')) {
    const key = keyOf(real.name);
    if (seen.has(key)) {
      real.kept = false;
      const message = `the real server ${key} is defined already in this virtual server: this block is ignored`;
      problems.add({ severity: 'warning', code: 'duplicate-real-server', place: real.origin, message });
    }
    seen.add(key);
  }
}

/** Checkers that connect to the port of the real server unless they say otherwise. */
const CONNECTING = ['HTTP_GET', 'SSL_GET', 'TCP_CHECK', 'SMTP_CHECK', 'DNS_CHECK', 'UDP_CHECK'] as const;

type Connecting = BlockNode<typeof TCP_CHECK.keywords, null>;

/** Fills in methods and ports. DR and TUN leave the port of a packet as it is. */
export function checkForwarding(
  server: VirtualServerNode,
  group: GroupFacts | null,
  problems: Problems,
): void {
  const reals = server.blocks('real_server');
  if (!server.isSet('lvs_method') && reals.some((real) => !real.isSet('lvs_method'))) {
    const message = 'no lvs_method is set: NAT is in force';
    problems.add({ severity: 'warning', code: 'no-lvs-method', place: server.origin, message });
  }
  const { name } = server;
  const port = name.by === 'address' ? name.port : 0;
  const written = reals.map((real) => real.name.port);
  for (const real of reals) {
    if (real.get('lvs_method').method !== 'NAT' && real.name.port !== 0) {
      checkKeptPort(real, server, group, problems);
    }
    if (real.name.port === 0 && port !== 0) real.name = { ...real.name, port };
    checkThresholds(real, problems);
  }
  if (reals.every((real, index) => real.name.port === written[index])) return;
  for (const [index, real] of reals.entries()) keepCheckedPort(real, written[index] ?? 0);
  tellApart(reals, written, problems);
}

/** What listens where the packets go says nothing of where checkers connect to: that stays the port of the file. */
function keepCheckedPort(real: RealServerNode, written: number): void {
  if (written === 0 || written === real.name.port) return;
  for (const keyword of CONNECTING) {
    // Each has the keywords of TCP_CHECK, and some more.
    for (const checker of real.blocks(keyword) as unknown as readonly Connecting[]) {
      if (!checker.isSet('connect_port')) checker.correct('connect_port', written);
    }
  }
}

/** keepalived does not look for duplicates again: both are there, and IPVS takes the one that comes first. */
function tellApart(reals: readonly RealServerNode[], written: readonly number[], problems: Problems): void {
  const seen = new Map<string, number>();
  for (const { name } of reals) seen.set(keyOf(name), (seen.get(keyOf(name)) ?? 0) + 1);
  reals.forEach((real, index) => {
    const writtenPort = written[index] ?? real.name.port;
    if (writtenPort === real.name.port || seen.get(keyOf(real.name)) === 1) return;
    real.name = { ...real.name, writtenPort };
    const message = `with the port ${real.name.port}, ${real.name.address} is in this virtual server twice: IPVS refuses the second one`;
    problems.add({ severity: 'note', code: 'duplicate-real-server', place: real.origin, message });
  });
}

function keyOf({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}

export function checkKeptPort(
  real: RealServerNode,
  server: VirtualServerNode,
  group: GroupFacts | null,
  problems: Problems,
): void {
  const { method } = real.get('lvs_method');
  const kept = keptPort(server, group, real.name.port);
  if (kept === null) return;
  real.name = { ...real.name, port: kept.port };
  const message = `${method} keeps the port of a packet: ${kept.why}`;
  const place = real.nameWords[1] ?? real.origin;
  problems.add({ severity: 'warning', code: 'port-mismatch', place, message });
}

/** What is wrong with this port where packets keep theirs, and the port in force; null: nothing. */
export function keptPort(
  { name }: VirtualServerNode,
  group: GroupFacts | null,
  port: number,
): { readonly port: number; readonly why: string } | null {
  if (name.by === 'fwmark') return { port: 0, why: 'a firewall mark has none, so this one is ignored' };
  if (name.by === 'address') {
    return name.port === port ? null : { port: name.port, why: `${name.port} is in force, not ${port}` };
  }
  if (group?.hasFwmarks === true) return { port, why: 'a firewall mark of the group has none' };
  if (group === null || (group.ports.size === 1 && group.ports.has(port))) return null;
  return { port, why: `not every address of the group has port ${port}` };
}

/** IPVS refuses such a server. */
export function checkThresholds(real: RealServerNode, problems: Problems): void {
  const upper = real.get('uthreshold');
  if (upper === 0 || real.get('lthreshold') <= upper) return;
  const message = 'lthreshold is above uthreshold: IPVS refuses such a server';
  problems.add({ severity: 'note', code: 'threshold-order', place: real.place('lthreshold'), message });
}
