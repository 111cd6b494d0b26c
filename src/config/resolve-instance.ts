/** One vrrp_instance with every default, inheritance and correction applied (keepalived 2.4.3). */
import type { VrrpInstanceConfig } from './model.ts';
import type { Block, Statement } from './parse.ts';
import type { Place, Problems, Word } from './problems.ts';
import { VRRP_INSTANCE } from './registry/blocks.ts';
import { defaultNumber } from './registry/spec.ts';
import { resolveAddresses, resolvePeers } from './resolve-addresses.ts';
import { type Globals, garpRepeat, reportPartlyStrict, versionOf } from './resolve-globals.ts';
import { Settings } from './settings.ts';

const OWNER_PRIORITY = 255;
const MAX_INTERVAL_V3_US = 40_950_000;
const INTERVAL_STEP_V3_US = 10_000;

export interface ResolvedInstance {
  readonly config: VrrpInstanceConfig;
  /** Where the VRID is set. */
  readonly routerIdPlace: Place;
}

/** null if it cannot run: what is missing has been reported as an error. */
export function resolveInstance(
  name: Word,
  block: Block,
  globals: Globals,
  problems: Problems,
): ResolvedInstance | null {
  const set = new Settings([block]);
  const strict = set.boolean('strict_mode') ?? globals.strict;
  const version = versionOf(set.number('version') ?? globals.version);
  const { state, priority } = resolveRole(set, strict, problems);
  const interfaceName = set.text('interface');
  const addresses = resolveAddresses(entriesOf(set, 'virtual_ipaddress'), interfaceName ?? '', problems);
  const unicastPeers = resolvePeers(entriesOf(set, 'unicast_peer'), problems);
  const advertIntervalUs = resolveInterval(set, version, problems);
  const nopreempt = resolveNopreempt(set, state, priority, problems);
  const garpMasterRepeat = garpRepeat(set, 'garp_master_repeat', problems) ?? globals.garpMasterRepeat;
  const garpMasterDelay = set.number('garp_master_delay');
  checkAddresses(set, name, version, strict, addresses.length, problems);
  checkAuthentication(set, version, strict, problems);
  if (strict) checkStrict(set, name, unicastPeers, problems);
  const routerId = set.last('virtual_router_id');
  const complete = checkMandatory(set, name, unicastPeers, problems);
  if (!complete || interfaceName === null || typeof routerId?.value !== 'number') return null;
  return {
    routerIdPlace: routerId.args[0] ?? routerId.keyword,
    config: {
      name: name.text,
      state,
      interface: interfaceName,
      virtualRouterId: routerId.value,
      priority,
      version,
      advertIntervalUs,
      nopreempt,
      virtualAddresses: addresses,
      sourceAddress: set.text('unicast_src_ip', 'mcast_src_ip'),
      unicastPeers,
      checksumWithoutPseudoHeader: set.boolean('v3_checksum_as_v2') ?? globals.checksumWithoutPseudoHeader,
      garpMasterRepeat,
      garpMasterDelayUs: garpMasterDelay === null ? globals.garpMasterDelayUs : garpMasterDelay * 1_000_000,
      garpLowerPriorityRepeat:
        set.number('garp_lower_prio_repeat') ?? (strict ? 0 : globals.garpLowerPriorityRepeat),
      lowerPriorityNoAdvert:
        set.boolean('lower_prio_no_advert') ?? (strict ? true : globals.lowerPriorityNoAdvert),
    },
  };
}

function entriesOf(set: Settings, keyword: string): Block['entries'] {
  return set.all(keyword).flatMap((statement) => statement.block?.entries ?? []);
}

/** State and priority default to each other: MASTER alone means 255, 255 alone means MASTER. */
function resolveRole(
  set: Settings,
  strict: boolean,
  problems: Problems,
): { state: 'MASTER' | 'BACKUP'; priority: number } {
  const statements = set.all('state').filter((statement) => statement.value !== null);
  for (const statement of statements) {
    if (statement.value === 'MASTER' || statement.value === 'BACKUP') continue;
    const message = "'state' must be MASTER or BACKUP: BACKUP is in force";
    warn(problems, 'invalid-state', argumentPlace(statement), message);
  }
  const configuredMaster = statements.find((statement) => statement.value === 'MASTER');
  const configuredPriority = set.number('priority');
  const byDefault =
    configuredMaster === undefined ? defaultNumber(VRRP_INSTANCE, 'priority') : OWNER_PRIORITY;
  const priority = configuredPriority ?? byDefault;
  const owner = priority === OWNER_PRIORITY;
  const master = configuredMaster !== undefined || (statements.length === 0 && owner);
  const stated = statements.at(-1);
  if (strict && master !== owner && stated !== undefined) {
    const message = `strict mode: the state must be MASTER with priority 255 and BACKUP otherwise: ${owner ? 'MASTER' : 'BACKUP'} is in force`;
    warn(problems, 'state-corrected', argumentPlace(configuredMaster ?? stated), message);
    return { state: owner ? 'MASTER' : 'BACKUP', priority };
  }
  return { state: master ? 'MASTER' : 'BACKUP', priority };
}

/** Version 2 counts whole seconds, version 3 hundredths up to 40.95 s. */
function resolveInterval(set: Settings, version: 2 | 3, problems: Problems): number {
  const wantedUs = set.number('advert_int') ?? defaultNumber(VRRP_INSTANCE, 'advert_int');
  const stepUs = version === 2 ? 1_000_000 : INTERVAL_STEP_V3_US;
  const rounded = Math.max(stepUs, Math.round(wantedUs / stepUs) * stepUs);
  const intervalUs = version === 2 ? rounded : Math.min(rounded, MAX_INTERVAL_V3_US);
  const statement = set.last('advert_int');
  if (intervalUs === wantedUs || statement === null) return intervalUs;
  const allowed = version === 2 ? 'whole seconds' : 'steps of 0.01 seconds up to 40.95';
  const message = `version ${version} has ${allowed}: ${intervalUs / 1_000_000} s is in force`;
  warn(problems, 'interval-adjusted', argumentPlace(statement), message);
  return intervalUs;
}

function resolveNopreempt(set: Settings, state: string, priority: number, problems: Problems): boolean {
  const statement = set.last('nopreempt', 'preempt');
  if (statement?.spec.keyword !== 'nopreempt') return false;
  if (state !== 'MASTER' && priority !== OWNER_PRIORITY) return true;
  const cause = state === 'MASTER' ? 'state MASTER' : 'priority 255';
  warn(
    problems,
    'nopreempt-cleared',
    statement.keyword,
    `'nopreempt' does not go with ${cause} and is ignored`,
  );
  return false;
}

function checkMandatory(set: Settings, name: Word, peers: readonly string[], problems: Problems): boolean {
  let complete = true;
  const require = (keyword: string, code: string, message: string): void => {
    if (set.last(keyword) !== null) return;
    complete = false;
    // The keyword without its argument is an error of its own.
    if (set.all(keyword).some((statement) => statement.args.length === 0)) return;
    problems.add({ severity: 'error', code, place: name, message: `'${name.text}' ${message}` });
  };
  require('virtual_router_id', 'missing-router-id', 'has no virtual_router_id (1 to 255)');
  const why = peers.length > 0 ? ': unicast without an interface is not supported yet' : '';
  require('interface', 'missing-interface', `has no interface${why}`);
  return complete;
}

function checkAddresses(
  set: Settings,
  name: Word,
  version: 2 | 3,
  strict: boolean,
  count: number,
  problems: Problems,
): void {
  const intended = set.last('no_virtual_ipaddress');
  if (strict && intended !== null) {
    const message = "strict mode does not allow 'no_virtual_ipaddress'";
    problems.add({ severity: 'error', code: 'strict-violation', place: intended.keyword, message });
  }
  if (count > 0 || intended !== null) return;
  const message = `'${name.text}' has no virtual address`;
  if (version === 2 && !strict) {
    warn(problems, 'no-addresses', name, message);
    return;
  }
  const needs = strict ? 'strict mode' : 'version 3';
  problems.add({
    severity: 'error',
    code: 'no-addresses',
    place: name,
    message: `${message}: ${needs} needs one`,
  });
}

/** Adverts are never authenticated. That matters to version 2 only: version 3 has no authentication. */
function checkAuthentication(set: Settings, version: 2 | 3, strict: boolean, problems: Problems): void {
  const statement = set.all('authentication').at(-1);
  if (statement === undefined || statement.block === null) return;
  const kind = new Settings([statement.block]).last('auth_type');
  if (version === 3 || strict) {
    const why = version === 3 ? 'version 3 has no authentication' : 'strict mode allows no authentication';
    warn(problems, 'authentication-ignored', statement.keyword, `${why}: this block is ignored`);
    return;
  }
  if (kind === null) return;
  if (kind.value !== 'PASS' && kind.value !== 'AH') {
    warn(problems, 'invalid-authentication', argumentPlace(kind), "'auth_type' must be PASS or AH");
    return;
  }
  // keepalived rejects an advert whose authentication differs: with a warning only, both would become master.
  const message = `${kind.value} is not supported yet: routers that use it reject our adverts, and we theirs`;
  problems.add({ severity: 'error', code: 'unsupported-keyword', place: argumentPlace(kind), message });
}

function checkStrict(set: Settings, name: Word, peers: readonly string[], problems: Problems): void {
  const place = set.all('unicast_peer').at(-1)?.keyword ?? name;
  if (peers.length > 0) {
    const message = 'strict mode does not allow unicast peers';
    problems.add({ severity: 'error', code: 'strict-violation', place, message });
  }
  const statement = set.last('strict_mode');
  if (statement !== null) reportPartlyStrict(statement, problems);
}

function argumentPlace(statement: Statement): Place {
  return statement.args[0] ?? statement.keyword;
}

function warn(problems: Problems, code: string, place: Place, message: string): void {
  problems.add({ severity: 'warning', code, place, message });
}
