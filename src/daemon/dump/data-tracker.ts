/** Everything that instances and groups follow, in keepalived.data. */
import { followedBy, neededInterfaces } from '../../config/actors/standing.ts';
import type { ConfigTree, VrrpInstanceConfig } from '../../config/model.ts';
import { type Identify, identityText } from './data-notify.ts';
import type { ProcessFacts } from './json.ts';
import { commandText } from './object-text.ts';
import { exactSeconds, listed, SECOND_US } from './words.ts';

/** What the tracker of a script knows. */
export interface ScriptFacts {
  readonly config: ConfigTree['vrrp_script'][number];
  /** null: not known yet. */
  readonly isWell: boolean | null;
  /** Results in a row that speak against that. */
  readonly contrary: number;
  readonly isRunning: boolean;
}

/** What trackers know, by name. */
export interface TrackerViews {
  /** Whether a BFD session is well; null: not known yet. */
  isWell(kind: 'bfd', name: string): boolean | null;
  readonly scripts: readonly ScriptFacts[];
  readonly processes: readonly ProcessFacts[];
  /** The number in a tracked file. */
  value(name: string): number;
}

interface TrackerFacts {
  readonly tree: ConfigTree;
  readonly trackers: TrackerViews;
  readonly identify: Identify;
}

interface Weight {
  readonly value: number;
  readonly reverse: boolean;
}

function weightText({ value, reverse }: Weight): string {
  return `${value}${reverse ? ' reverse' : ''}`;
}

function weightOf(weight: unknown): string {
  return weight !== null && typeof weight === 'object' ? weightText(weight as Weight) : String(weight ?? 0);
}

function timeText(us: number): string {
  const seconds = us / SECOND_US;
  return Number.isInteger(seconds) ? `${seconds} sec` : `${seconds.toFixed(3)} sec`;
}

export function scriptLines({ tree, trackers, identify }: TrackerFacts): string[] {
  return trackers.scripts.flatMap(({ config: script, isWell, contrary, isRunning }) => {
    const command = script.script?.command[0];
    return [
      ` VRRP Script = ${script.name}`,
      `   Command = ${commandText(script.script) ?? ''}`,
      ...(command?.startsWith('/') === false ? [`   Path = ${command}`] : []),
      `   Interval = ${timeText(script.interval)}`,
      `   Timeout = ${timeText(script.timeout)}`,
      `   Weight = ${weightOf(script.weight)}`,
      `   Rise = ${script.rise}`,
      `   Fall = ${script.fall}`,
      // keepalived counts up to rise - 1 while it is bad, and from rise on while it is good.
      `   Result = ${isWell === true ? script.rise + script.fall - 1 - contrary : contrary}`,
      '   Insecure = no',
      `   Init state = ${isWell === null ? 'INIT' : 'unknown'}`,
      `   Status = ${isWell === true ? 'GOOD' : 'BAD'}`,
      `   Script uid:gid = ${identityText(script.user, identify)}`,
      '   VRRP instances :',
      ...followersOf(tree, 'script', script.name),
      `   State = ${isRunning ? 'running' : 'idle'}`,
    ];
  });
}

export function fileLines({ tree, trackers }: TrackerFacts): string[] {
  return tree.track_file.flatMap((tracked) => [
    ` Track file = ${tracked.name}`,
    `   File = ${tracked.file ?? ''}`,
    `   Status = ${trackers.value(tracked.name)}`,
    `   Weight = ${weightOf(tracked.weight)}`,
    ...followersOf(tree, 'file', tracked.name),
  ]);
}

/** keepalived's list of the sessions that instances follow. */
export function bfdLines({ tree, trackers }: TrackerFacts): string[] {
  return tree.bfd_instance.flatMap((session) => {
    const followers = followersOf(tree, 'bfd', session.name);
    if (followers.length === 0) return [];
    return [
      ` VRRP Track BFD = ${session.name}`,
      `   Weight = ${weightOf(session.weight)}`,
      `   Bfd is ${trackers.isWell('bfd', session.name) === true ? 'up' : 'down'}`,
      '   Tracking VRRP instances :',
      ...followers,
    ];
  });
}

/** keepalived: what is matched is said by its way of matching, exact being none to speak of. */
export function processLines({ tree, trackers }: TrackerFacts): string[] {
  return trackers.processes.flatMap(({ config: tracked, count, hasQuorum }) => {
    const [program = '', ...parameters] = tracked.process ?? [];
    const match = tracked.param_match ?? (parameters.length === 0 ? null : 'exact');
    return [
      ` VRRP Track process = ${tracked.name}`,
      `   Process = ${program}`,
      ...(parameters.length === 0 ? [] : [`   Parameters = ${parameters.join(' ')}`]),
      ...(match === null ? [] : [`   Param match${match === 'exact' ? '' : ` = ${match}`}`]),
      `   Min processes = ${tracked.quorum}`,
      ...(tracked.quorum_max === null ? [] : [`   Max processes = ${tracked.quorum_max}`]),
      `   Current processes = ${count}`,
      `   Have quorum = ${hasQuorum}`,
      `   Weight = ${weightOf(tracked.weight)}`,
      `   Terminate delay = ${exactSeconds(tracked.terminate_delay)}s`,
      `   Fork delay = ${exactSeconds(tracked.fork_delay)}s`,
      '   Fork delay timer not running',
      '   Terminate delay timer not running',
      `   Full command = ${tracked.full_command}`,
      ...followersOf(tree, 'process', tracked.name),
    ];
  });
}

function followersOf(tree: ConfigTree, kind: 'script' | 'process' | 'file' | 'bfd', name: string): string[] {
  const lines = tree.vrrp_instance.flatMap((instance) => {
    const line = followedBy(tree, instance).find((each) => each.kind === kind && each.name === name);
    return line === undefined ? [] : [`${instance.name}, weight ${weightText(line.weight)}`];
  });
  return listed('Tracking instances :', lines).map((line) => `   ${line}`);
}

type Lists = Pick<
  VrrpInstanceConfig,
  'track_interface' | 'track_script' | 'track_file' | 'track_process' | 'track_bfd'
>;

/** What an instance or a group follows by its own words. `processes`: keepalived has two titles for them. */
export function trackedLines(block: Lists, processes: 'Tracked processes' | 'Tracked process'): string[] {
  const weighted = (list: readonly { readonly name: string; readonly weight: unknown }[], mark: string) =>
    list.map(({ name, weight }) => `${name}${mark} weight ${weightOf(weight)}`);
  return [
    ...listed('Tracked interfaces :', weighted(block.track_interface, '')),
    ...listed('Tracked scripts :', weighted(block.track_script, '')),
    ...listed('Tracked files :', weighted(block.track_file, ',')),
    ...listed(`${processes} :`, weighted(block.track_process, ',')),
    ...listed('Tracked BFDs :', weighted(block.track_bfd, ':')),
  ];
}

/** keepalived's number for an interface of which the instance does not care (dont_track_primary). */
const UNTRACKED = 255;

/** Who is concerned by a link: by its own adverts, by what it holds there, or because it follows the link. */
export function linkFollowers(tree: ConfigTree, name: string): string[] {
  return tree.vrrp_instance.flatMap((instance) => {
    const needed = neededInterfaces(tree, instance);
    const isOwn = instance.interface === name;
    const isNeeded = isOwn || needed.has(name);
    const tracked = followedBy(tree, instance).find(
      (each) => each.kind === 'interface' && each.name === name,
    );
    if (!isNeeded && tracked === undefined) return [];
    if (tracked !== undefined) return [`${instance.name}, weight ${weightText(tracked.weight)}`];
    const isUntracked = isOwn && instance.dont_track_primary && !needed.has(name);
    return [`${instance.name}, weight ${isUntracked ? UNTRACKED : 0}`];
  });
}
