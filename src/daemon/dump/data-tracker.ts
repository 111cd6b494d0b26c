/** Scripts and process trackers in keepalived.data. */
import type { ConfigTree } from '../../config/model.ts';
import { commandText } from './object-text.ts';

/** What trackers know, by name. */
export interface TrackerViews {
  /** Whether what is tracked is well; null: not known yet. */
  isWell(kind: 'script' | 'bfd', name: string): boolean | null;
  /** The number in a tracked file. */
  value(name: string): number;
}

interface TrackerFacts {
  readonly tree: ConfigTree;
  readonly trackers: TrackerViews;
}

interface Weight {
  readonly value: number;
  readonly reverse: boolean;
}

const SECOND_US = 1_000_000;

export function weightText({ value, reverse }: Weight): string {
  return `${value}${reverse ? ' reverse' : ''}`;
}

function weightOf(weight: unknown): string {
  return weight !== null && typeof weight === 'object' ? weightText(weight as Weight) : String(weight ?? 0);
}

function timeText(us: number): string {
  const seconds = us / SECOND_US;
  return Number.isInteger(seconds) ? `${seconds} sec` : `${seconds.toFixed(3)} sec`;
}

export function scriptLines({ tree, trackers }: TrackerFacts): string[] {
  return tree.vrrp_script.flatMap((script) => {
    const well = trackers.isWell('script', script.name);
    return [
      ` VRRP Script = ${script.name}`,
      `   Command = ${commandText(script.script) ?? ''}`,
      `   Interval = ${timeText(script.interval)}`,
      `   Timeout = ${timeText(script.timeout)}`,
      `   Weight = ${weightOf(script.weight)}`,
      `   Rise = ${script.rise}`,
      `   Fall = ${script.fall}`,
      `   Init state = ${well === null ? 'INIT' : 'unknown'}`,
      `   Status = ${well === false ? 'BAD' : 'GOOD'}`,
      '   VRRP instances :',
      ...followersOf(tree, 'track_script', script.name),
    ];
  });
}

export function fileLines({ tree, trackers }: TrackerFacts): string[] {
  return tree.track_file.flatMap((tracked) => [
    ` Track file = ${tracked.name}`,
    `   File = ${tracked.file ?? ''}`,
    `   Status = ${trackers.value(tracked.name)}`,
    `   Weight = ${weightOf(tracked.weight)}`,
    '   Tracking instances :',
    ...followersOf(tree, 'track_file', tracked.name),
  ]);
}

/** keepalived's list of the sessions that instances follow. */
export function bfdLines({ tree, trackers }: TrackerFacts): string[] {
  return tree.bfd_instance.flatMap((session) => {
    const followers = followersOf(tree, 'track_bfd', session.name);
    if (followers.length === 0) return [];
    return [
      ` VRRP Track BFD = ${session.name}`,
      `   Weight = ${weightOf(session.weight)}`,
      `   Bfd is ${trackers.isWell('bfd', session.name) === true ? 'up' : 'down'}`,
      '   Tracking VRRP instances :',
      '   Tracking instances :',
      ...followers,
    ];
  });
}

export function processLines({ tree }: TrackerFacts): string[] {
  return tree.vrrp_track_process.flatMap((tracked) => [
    ` VRRP Track process = ${tracked.name}`,
    `   Process = ${tracked.process?.[0] ?? ''}`,
    `   Min processes = ${tracked.quorum}`,
    `   Weight = ${weightOf(tracked.weight)}`,
    `   Terminate delay = ${(tracked.terminate_delay / SECOND_US).toFixed(6)}s`,
    `   Fork delay = ${(tracked.fork_delay / SECOND_US).toFixed(6)}s`,
    `   Full command = ${tracked.full_command}`,
    '   Tracking instances :',
    ...followersOf(tree, 'track_process', tracked.name),
  ]);
}

function followersOf(
  tree: ConfigTree,
  list: 'track_script' | 'track_process' | 'track_file' | 'track_bfd',
  name: string,
): string[] {
  return tree.vrrp_instance.flatMap((instance) => {
    const line = instance[list].find((tracked) => tracked.name === name);
    return line === undefined ? [] : [`     ${instance.name}, weight ${weightOf(line.weight)}`];
  });
}
