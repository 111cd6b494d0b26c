/** One vrrp_instance with every default, inheritance and correction applied (keepalived 2.4.3). */
import type { VirtualAddress } from '../machines/vrrp/vrrp.effects.ts';
import { correctRepeat, reportPartlyStrict } from './checks/globals.ts';
import type { VrrpInstanceConfig } from './model.ts';
import type { BlockNode } from './node.ts';
import { type Place, type Problems, quoted } from './problems.ts';
import type { VRRP_INSTANCE } from './registry/vrrp-instance.ts';

const OWNER_PRIORITY = 255;
const MAX_INTERVAL_V3_US = 40_950_000;
const INTERVAL_STEP_V3_US = 10_000;
/** An advert counts its addresses in one byte. */
export const MAX_ADDRESSES = 255;

export type InstanceNode = BlockNode<typeof VRRP_INSTANCE.keywords, string>;

export interface ResolvedInstance {
  readonly config: VrrpInstanceConfig;
  /** Where the VRID is set. */
  readonly routerIdPlace: Place;
}

/** null if it cannot run: what is missing has been reported as an error. */
export function resolveInstance(node: InstanceNode, problems: Problems): ResolvedInstance | null {
  const strict = node.get('strict_mode');
  const version = node.get('version') === 3 ? 3 : 2;
  const { state, priority } = resolveRole(node, strict, problems);
  const interfaceName = node.get('interface');
  const virtualAddresses = resolveAddresses(node, interfaceName ?? '', problems);
  const unicastPeers = resolvePeers(node, problems);
  const advertIntervalUs = resolveInterval(node, version, problems);
  const nopreempt = resolveNopreempt(node, state, priority, problems);
  correctRepeat(node, 'garp_master_repeat', problems);
  checkAddresses(node, version, strict, virtualAddresses.length, problems);
  checkAuthentication(node, version, strict, problems);
  if (strict) checkStrict(node, unicastPeers, problems);
  const virtualRouterId = node.get('virtual_router_id');
  const complete = checkMandatory(node, unicastPeers, problems);
  if (!complete || interfaceName === null || virtualRouterId === null) return null;
  return {
    routerIdPlace: node.place('virtual_router_id'),
    config: {
      name: node.name,
      state,
      interface: interfaceName,
      virtualRouterId,
      priority,
      version,
      advertIntervalUs,
      nopreempt,
      virtualAddresses,
      sourceAddress: node.get('unicast_src_ip') ?? node.get('mcast_src_ip'),
      unicastPeers,
      checksumWithoutPseudoHeader: node.get('v3_checksum_as_v2'),
      garpMasterRepeat: node.get('garp_master_repeat'),
      garpMasterDelayUs: node.get('garp_master_delay'),
      garpLowerPriorityRepeat: node.get('garp_lower_prio_repeat'),
      lowerPriorityNoAdvert: node.get('lower_prio_no_advert'),
    },
  };
}

/** State and priority default to each other: MASTER alone means 255, 255 alone means MASTER. */
function resolveRole(
  node: InstanceNode,
  strict: boolean,
  problems: Problems,
): { state: 'MASTER' | 'BACKUP'; priority: number } {
  const statements = node.given('state').filter(({ value }) => value !== null);
  for (const { value, words, keyword } of statements) {
    if (value === 'MASTER' || value === 'BACKUP') continue;
    const message = "'state' must be MASTER or BACKUP: BACKUP is in force";
    warn(problems, 'invalid-state', words[0] ?? keyword, message);
  }
  const configuredMaster = statements.find(({ value }) => value === 'MASTER');
  const byDefault = configuredMaster === undefined ? node.get('priority') : OWNER_PRIORITY;
  const priority = node.isSet('priority') ? node.get('priority') : byDefault;
  const owner = priority === OWNER_PRIORITY;
  const master = configuredMaster !== undefined || (statements.length === 0 && owner);
  const stated = configuredMaster ?? statements.at(-1);
  if (strict && master !== owner && stated !== undefined) {
    const message = `strict mode: the state must be MASTER with priority 255 and BACKUP otherwise: ${owner ? 'MASTER' : 'BACKUP'} is in force`;
    warn(problems, 'state-corrected', stated.words[0] ?? stated.keyword, message);
    return { state: owner ? 'MASTER' : 'BACKUP', priority };
  }
  return { state: master ? 'MASTER' : 'BACKUP', priority };
}

/** Addresses in configuration order, which is the order of the advert. */
function resolveAddresses(
  node: InstanceNode,
  instanceInterface: string,
  problems: Problems,
): VirtualAddress[] {
  const addresses = new Map<string, VirtualAddress>();
  for (const { value, words } of node.lines('virtual_ipaddress')) {
    const { address, prefixLength, dev, noTrack } = value;
    const [word] = words;
    if (addresses.has(address)) {
      const message = `${quoted(word)} is listed already: this line is ignored`;
      problems.add({ severity: 'note', code: 'duplicate-address', place: word, message });
    } else if (addresses.size === MAX_ADDRESSES) {
      const message = `an instance can have ${MAX_ADDRESSES} addresses: this one and those after it are too many`;
      problems.add({ severity: 'error', code: 'too-many-addresses', place: word, message });
      break;
    } else {
      addresses.set(address, {
        address,
        prefixLength,
        interface: dev ?? instanceInterface,
        ...(noTrack ? { untracked: true as const } : {}),
      });
    }
  }
  return [...addresses.values()];
}

/** Peers in order, each once. */
function resolvePeers(node: InstanceNode, problems: Problems): string[] {
  const peers = new Set<string>();
  for (const { value, words } of node.lines('unicast_peer')) {
    if (peers.has(value.address)) {
      const message = `${quoted(words[0])} is listed already: this line is ignored`;
      problems.add({ severity: 'note', code: 'duplicate-peer', place: words[0], message });
    } else peers.add(value.address);
  }
  return [...peers];
}

/** Version 2 counts whole seconds, version 3 hundredths up to 40.95 s. */
function resolveInterval(node: InstanceNode, version: 2 | 3, problems: Problems): number {
  const wantedUs = node.get('advert_int');
  const stepUs = version === 2 ? 1_000_000 : INTERVAL_STEP_V3_US;
  const rounded = Math.max(stepUs, Math.round(wantedUs / stepUs) * stepUs);
  const intervalUs = version === 2 ? rounded : Math.min(rounded, MAX_INTERVAL_V3_US);
  if (intervalUs === wantedUs) return intervalUs;
  const allowed = version === 2 ? 'whole seconds' : 'steps of 0.01 seconds up to 40.95';
  const message = `version ${version} has ${allowed}: ${intervalUs / 1_000_000} s is in force`;
  warn(problems, 'interval-adjusted', node.place('advert_int'), message);
  return intervalUs;
}

function resolveNopreempt(node: InstanceNode, state: string, priority: number, problems: Problems): boolean {
  const nopreempt = node.given('nopreempt').at(-1);
  const preempt = node.given('preempt').at(-1);
  if (nopreempt === undefined || (preempt !== undefined && preempt.index > nopreempt.index)) return false;
  if (state !== 'MASTER' && priority !== OWNER_PRIORITY) return true;
  const cause = state === 'MASTER' ? 'state MASTER' : 'priority 255';
  const message = `'nopreempt' does not go with ${cause} and is ignored`;
  warn(problems, 'nopreempt-cleared', nopreempt.keyword, message);
  return false;
}

function checkMandatory(node: InstanceNode, peers: readonly string[], problems: Problems): boolean {
  let complete = true;
  const require = (
    keyword: 'virtual_router_id' | 'interface',
    code: string,
    message: string,
    unsupported = false,
  ): void => {
    if (node.isSet(keyword)) return;
    complete = false;
    // The keyword without its argument is an error of its own.
    if (node.given(keyword).some(({ words }) => words.length === 0)) return;
    const place = node.origin;
    problems.add({ severity: 'error', code, place, message: `'${node.name}' ${message}`, unsupported });
  };
  require('virtual_router_id', 'missing-router-id', 'has no virtual_router_id (1 to 255)');
  const unicast = peers.length > 0;
  const why = unicast ? ': unicast without an interface is not supported yet' : '';
  require('interface', 'missing-interface', `has no interface${why}`, unicast);
  return complete;
}

function checkAddresses(
  node: InstanceNode,
  version: 2 | 3,
  strict: boolean,
  count: number,
  problems: Problems,
): void {
  const intended = node.given('no_virtual_ipaddress').at(-1);
  if (strict && intended !== undefined) {
    const message = "strict mode does not allow 'no_virtual_ipaddress'";
    problems.add({ severity: 'error', code: 'strict-violation', place: intended.keyword, message });
  }
  if (count > 0 || intended !== undefined) return;
  const message = `'${node.name}' has no virtual address`;
  if (version === 2 && !strict) {
    warn(problems, 'no-addresses', node.origin, message);
    return;
  }
  const needs = strict ? 'strict mode' : 'version 3';
  problems.add({
    severity: 'error',
    code: 'no-addresses',
    place: node.origin,
    message: `${message}: ${needs} needs one`,
  });
}

/** Adverts are never authenticated. That matters to version 2 only: version 3 has no authentication. */
function checkAuthentication(node: InstanceNode, version: 2 | 3, strict: boolean, problems: Problems): void {
  const block = node.blocks('authentication').at(-1);
  if (block?.keyword === undefined || block.keyword === null) return;
  if (version === 3 || strict) {
    const why = version === 3 ? 'version 3 has no authentication' : 'strict mode allows no authentication';
    warn(problems, 'authentication-ignored', block.keyword, `${why}: this block is ignored`);
    return;
  }
  const kind = block.get('auth_type');
  if (kind === null) return;
  // keepalived rejects an advert whose authentication differs: with a warning only, both would become master.
  const message = `${kind} is not supported yet: routers that use it reject our adverts, and we theirs`;
  const place = block.place('auth_type');
  problems.add({ severity: 'error', code: 'unsupported-keyword', place, message, unsupported: true });
}

function checkStrict(node: InstanceNode, peers: readonly string[], problems: Problems): void {
  const place = node.blocks('unicast_peer').at(-1)?.keyword ?? node.origin;
  if (peers.length > 0) {
    const message = 'strict mode does not allow unicast peers';
    problems.add({ severity: 'error', code: 'strict-violation', place, message });
  }
  if (node.isSet('strict_mode')) reportPartlyStrict(node, 'strict_mode', problems);
}

function warn(problems: Problems, code: string, place: Place, message: string): void {
  problems.add({ severity: 'warning', code, place, message });
}
