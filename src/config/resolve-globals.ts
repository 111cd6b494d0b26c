/** global_defs with every default applied. */
import type { Block, Statement } from './parse.ts';
import type { Problems } from './problems.ts';
import { GLOBAL_DEFS } from './registry/blocks.ts';
import { defaultNumber } from './registry/spec.ts';
import { Settings } from './settings.ts';

/** Defaults of every instance. */
export interface Globals {
  readonly routerId: string | null;
  readonly version: 2 | 3;
  readonly garpMasterRepeat: number;
  readonly garpMasterDelayUs: number;
  readonly garpLowerPriorityRepeat: number;
  readonly lowerPriorityNoAdvert: boolean;
  readonly checksumWithoutPseudoHeader: boolean;
  readonly strict: boolean;
}

/** Where a global_defs block stands does not matter. (keepalived: not at start, but at a reload.) */
export function resolveGlobals(blocks: readonly Block[], problems: Problems): Globals {
  const set = new Settings(blocks);
  const minimal = set.boolean('vrrp_min_garp') ?? false;
  const repeat = garpRepeat(set, 'vrrp_garp_master_repeat', problems);
  const delay = set.number('vrrp_garp_master_delay');
  const strict = set.last('vrrp_strict');
  if (strict?.value === true) reportPartlyStrict(strict, problems);
  const garpMasterRepeat = repeat ?? (minimal ? 1 : defaultNumber(GLOBAL_DEFS, 'vrrp_garp_master_repeat'));
  const delaySeconds = delay ?? (minimal ? 0 : defaultNumber(GLOBAL_DEFS, 'vrrp_garp_master_delay'));
  return {
    routerId: set.text('router_id'),
    version: versionOf(set.number('vrrp_version') ?? defaultNumber(GLOBAL_DEFS, 'vrrp_version')),
    garpMasterRepeat,
    garpMasterDelayUs: delaySeconds * 1_000_000,
    garpLowerPriorityRepeat: set.number('vrrp_garp_lower_prio_repeat') ?? garpMasterRepeat,
    lowerPriorityNoAdvert: set.boolean('vrrp_lower_prio_no_advert') ?? false,
    checksumWithoutPseudoHeader: set.boolean('v3_checksum_as_v2') ?? false,
    strict: strict?.value === true,
  };
}

/** keepalived's strict mode also drops packets to the addresses of an instance that does not own them. */
export function reportPartlyStrict(statement: Statement, problems: Problems): void {
  problems.add({
    severity: 'warning',
    code: 'strict-partly',
    place: statement.keyword,
    message: 'strict mode sets no firewall rules yet: the host accepts packets to the addresses',
  });
}

export function versionOf(value: number): 2 | 3 {
  return value === 3 ? 3 : 2;
}

/** A burst has at least one packet; null if the keyword is not set. */
export function garpRepeat(set: Settings, keyword: string, problems: Problems): number | null {
  const statement = set.last(keyword);
  if (statement?.value !== 0) return set.number(keyword);
  problems.add({
    severity: 'warning',
    code: 'value-corrected',
    place: statement.args[0] ?? statement.keyword,
    message: `'${keyword}' must be at least 1: 1 is in force`,
  });
  return 1;
}
