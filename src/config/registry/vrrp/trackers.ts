/** Things that instances follow: scripts, processes, files and BFD sessions. */
import { ip } from '../ip-kinds.ts';
import { boolean, duration, firstOnly, flag, integer } from '../kinds.ts';
import { alias, derived, fixed, setting, unset } from '../rows.ts';
import { script } from '../script-kind.ts';
import type { SettingsBlock } from '../spec.ts';
import { NO_WEIGHT, ownWeight, type Weight } from '../weights.ts';
import { milliseconds, scriptInterval } from './kinds.ts';
import { initFile, paramMatch, pathName, processName, scriptUser } from './tracker-kinds.ts';

const POSITIVE = integer(1, 2_147_483_647);
const DELAY = duration(1, 3_600_000_000, { range: '0.000001 to 3600' });

function weightRow(limit: 253 | 254, byDefault: Weight = NO_WEIGHT) {
  return setting({
    kind: ownWeight(limit),
    default: fixed(byDefault, String(byDefault.value)),
    meaning:
      'where the tracker does not say: added to the priority while well, or subtracted while not; 0: fault',
  });
}

export const VRRP_SCRIPT = {
  path: 'vrrp_script',
  keywords: {
    script: setting({
      kind: script(false),
      default: unset('must be set'),
      meaning: 'program that is run; 0 means well',
    }),
    interval: setting({
      kind: scriptInterval(),
      default: fixed(1_000_000, '1'),
      meaning: 'time between two runs',
    }),
    timeout: setting({
      kind: scriptInterval(),
      default: derived('interval', ({ own }) => own('interval') as number),
      meaning: 'a run that takes longer has failed',
    }),
    weight: weightRow(253),
    rise: setting({ kind: POSITIVE, default: fixed(1), meaning: 'runs in a row that make it well' }),
    fall: setting({ kind: POSITIVE, default: fixed(1), meaning: 'runs in a row that make it not well' }),
    user: setting({ kind: scriptUser(), default: unset('script_user'), meaning: 'who the program runs as' }),
    init_fail: setting({ kind: flag(), default: fixed(false), meaning: 'not well before the first run' }),
  },
} satisfies SettingsBlock;

export const VRRP_TRACK_PROCESS = {
  path: 'vrrp_track_process',
  keywords: {
    process: setting({
      kind: firstOnly(processName()),
      default: unset('must be set'),
      meaning: 'process to look for; with parameters these are compared, too',
    }),
    param_match: setting({
      kind: paramMatch(),
      default: derived('exact if process has parameters', ({ own }) =>
        ((own('process') as readonly string[] | null)?.length ?? 0) > 1 ? ('exact' as const) : null,
      ),
      meaning: 'how parameters are compared; without an argument exactly',
    }),
    weight: weightRow(254),
    quorum: setting({ kind: integer(1, 65_535), default: fixed(1), meaning: 'least number of processes' }),
    quorum_max: setting({
      kind: integer(0, 65_535),
      default: unset('unlimited'),
      meaning: 'greatest number of processes; 0: none may run',
    }),
    delay: setting({ kind: DELAY, default: unset(), meaning: 'sets fork_delay and terminate_delay' }),
    terminate_delay: setting({
      kind: DELAY,
      default: derived('delay, else 0', ({ own }) => (own('delay') ?? 0) as number),
      meaning: 'how long a process must be gone',
    }),
    fork_delay: setting({
      kind: DELAY,
      default: derived('delay, else 0', ({ own }) => (own('delay') ?? 0) as number),
      meaning: 'how long a process must have been there',
    }),
    full_command: setting({
      kind: flag(),
      default: derived(
        'on if process has parameters',
        ({ own }) => ((own('process') as readonly string[] | null)?.length ?? 0) > 1,
      ),
      meaning: 'compare the whole command line and not the name of the process',
    }),
  },
} satisfies SettingsBlock;

export const TRACK_FILE = {
  path: 'track_file',
  keywords: {
    file: setting({
      kind: firstOnly(pathName()),
      default: unset('must be set'),
      meaning: 'file with a number',
    }),
    weight: weightRow(254, { value: 1, reverse: false }),
    init_file: setting({
      kind: initFile(),
      default: unset('off; 0 without a value'),
      meaning: 'write this number to the file at the first start, if it does not exist or overwrite is given',
    }),
  },
} satisfies SettingsBlock;

export const BFD_INSTANCE = {
  path: 'bfd_instance',
  keywords: {
    neighbor_ip: setting({ kind: ip(), default: unset('must be set'), meaning: 'address of the other end' }),
    neighbour_ip: alias('neighbor_ip'),
    source_ip: setting({ kind: ip(), default: unset(), meaning: 'address of this end' }),
    min_rx: setting({
      kind: milliseconds(1, 4_294_967),
      default: fixed(10_000, '10'),
      meaning: 'least time between packets that this end can receive',
    }),
    min_tx: setting({
      kind: milliseconds(1, 4_294_967),
      default: fixed(10_000, '10'),
      meaning: 'least time between packets that this end wants to send',
    }),
    idle_tx: setting({
      kind: milliseconds(1000, 4_294_967),
      default: fixed(1_000_000, '1000'),
      meaning: 'time between packets while the session is not up',
    }),
    multiplier: setting({
      kind: integer(1, 255),
      default: fixed(5),
      meaning: 'packets that must fail to come before the session is down',
    }),
    passive: setting({ kind: flag(), default: fixed(false), meaning: 'wait for the other end to begin' }),
    ttl: setting({
      kind: integer(1, 255),
      default: derived('255 (IPv4), 64 (IPv6)', ({ own }) =>
        String(own('neighbor_ip')).includes(':') ? 64 : 255,
      ),
      meaning: 'TTL or hop limit of what is sent',
    }),
    hoplimit: alias('ttl'),
    max_hops: setting({
      kind: integer(-1, 255),
      default: fixed(0),
      meaning: 'hops that a packet may have taken; -1: any number',
    }),
    multihop: setting({
      kind: boolean(),
      default: fixed(false),
      meaning: 'the other end is not on this network',
    }),
    weight: weightRow(253),
    vrrp: setting({
      kind: flag(),
      default: fixed(false),
      meaning: 'for instances only, unless checker is given',
    }),
    checker: setting({
      kind: flag(),
      default: fixed(false),
      meaning: 'for checkers only, unless vrrp is given',
    }),
  },
} satisfies SettingsBlock;
