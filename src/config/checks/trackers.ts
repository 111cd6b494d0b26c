/** What instances and sync groups follow: it must exist, once, and its weight must be able to count. */
import type { BlockNode, ListLine, ListNode } from '../node.ts';
import type { Place, Problems } from '../problems.ts';
import { OWNER_PRIORITY } from '../registry/vrrp/election.ts';
import type { TrackEntry } from '../registry/vrrp/track-lines.ts';
import type { VRRP_TRACK_PROCESS } from '../registry/vrrp/trackers.ts';
import { NO_WEIGHT, type Weight, weightInForce } from '../registry/weights.ts';
import { type CheckContext, type InstanceNode, note, retain, type SyncGroupNode, warn } from './context.ts';
import { usable } from './lvs-nodes.ts';
import { short } from './names.ts';

export const TRACK_KEYWORDS = [
  'track_interface',
  'track_script',
  'track_file',
  'track_process',
  'track_bfd',
] as const;
export type TrackKeyword = (typeof TRACK_KEYWORDS)[number];

export const TRACKED_NOUNS: Readonly<Record<TrackKeyword, string>> = {
  track_interface: 'interface',
  track_script: 'vrrp_script',
  track_file: 'track_file',
  track_process: 'vrrp_track_process',
  track_bfd: 'bfd_instance',
};

/** Definitions without what is mandatory are left out. */
export function checkTracked({ root, problems }: CheckContext): void {
  const remove = (node: { kept: boolean; origin: Place; name: string }, what: string): void => {
    node.kept = false;
    const message = `'${short(node.name)}' has no ${what}: this block is ignored`;
    warn(problems, 'incomplete-tracker', node.origin, message);
  };
  for (const node of root.blocks('vrrp_script')) if (node.get('script') === null) remove(node, 'script');
  for (const node of root.blocks('track_file')) if (node.get('file') === null) remove(node, 'file');
  for (const node of root.blocks('vrrp_track_process')) {
    if (node.get('process') === null) remove(node, 'process');
    settleDelays(node);
    const most = node.get('quorum_max');
    if (most === null || most === 0 || most >= node.get('quorum')) continue;
    node.correct('quorum_max', null);
    const message = "'quorum_max' is less than 'quorum': it is ignored";
    warn(problems, 'value-ignored', node.place('quorum_max'), message);
  }
}

/** `delay` sets both delays: the last line of the three counts for each of the two. */
function settleDelays(node: BlockNode<typeof VRRP_TRACK_PROCESS.keywords>): void {
  const lastLine = (keyword: 'delay' | 'terminate_delay' | 'fork_delay'): number =>
    usable(node.given(keyword)).at(-1)?.index ?? -1;
  const both = node.get('delay');
  if (both === null) return;
  for (const keyword of ['terminate_delay', 'fork_delay'] as const) {
    if (lastLine('delay') > lastLine(keyword)) node.correct(keyword, both);
  }
}

/** A thing that can be followed by its name. */
interface Tracked {
  readonly index: number;
  readonly weight: Weight;
}

export type TrackedThings = Readonly<
  Record<Exclude<TrackKeyword, 'track_interface'>, ReadonlyMap<string, Tracked>>
>;

export function trackedThings({ root }: CheckContext): TrackedThings {
  const named = (
    nodes: readonly { name: string; index: number; get(keyword: 'weight'): Weight }[],
  ): Map<string, Tracked> =>
    new Map(nodes.map((node) => [node.name, { index: node.index, weight: node.get('weight') }]));
  return {
    track_script: named(root.blocks('vrrp_script')),
    track_file: named(root.blocks('track_file')),
    track_process: named(root.blocks('vrrp_track_process')),
    // Sessions that are for checkers alone are not known to VRRP.
    track_bfd: named(root.blocks('bfd_instance').filter((node) => node.get('vrrp'))),
  };
}

/** Drops what is unknown or repeated, and gives every tracker its weight. */
export function checkTrackLines(
  node: InstanceNode | SyncGroupNode,
  things: TrackedThings,
  problems: Problems,
): void {
  for (const keyword of TRACK_KEYWORDS) {
    const known = keyword === 'track_interface' ? null : things[keyword];
    const seen = new Set<string>();
    retain(listsOf(node, keyword), (line) => {
      const { name, weight } = line.value;
      const thing = known?.get(name);
      const noun = TRACKED_NOUNS[keyword];
      if (seen.has(name)) {
        warn(
          problems,
          'duplicate-tracked',
          line.words[0],
          `'${short(name)}' is followed already: this line is ignored`,
        );
        return false;
      }
      if (known !== null && (thing === undefined || thing.index > node.index)) {
        const message = `no ${noun} '${short(name)}' is defined before this block: this line is ignored`;
        warn(problems, 'unknown-tracked', line.words[0], message);
        return false;
      }
      seen.add(name);
      line.value = { name, weight: weightInForce(weight, thing?.weight ?? NO_WEIGHT) };
      return true;
    });
  }
}

export function listsOf(
  node: InstanceNode | SyncGroupNode,
  keyword: TrackKeyword,
): readonly ListNode<TrackEntry>[] {
  return (node as InstanceNode).blocks(keyword);
}

/** The priority of an owner never changes, and the own interface is followed anyway. */
export function checkInstanceTrackers(node: InstanceNode, { problems }: CheckContext): void {
  const own = node.get('interface');
  retain(node.blocks('track_interface'), ({ value, words }) => {
    if (value.name !== own) return true;
    const message = "the instance's own interface is followed anyway: this line is ignored";
    warn(problems, 'track-own-interface', words[0], message);
    return false;
  });
  if (node.get('priority') === OWNER_PRIORITY) {
    dropWeights(
      node,
      'an instance with priority 255 never changes its priority',
      { asFault: new Set(['track_file']), counted: new Set() },
      problems,
    );
  }
}

/**
 * Trackers with a weight that cannot count: those in `asFault` stay, with weight 0, the others are dropped; so is a file
 * whose weight is not 1. Processes, and what is `counted` all the same, are left as they are.
 */
export function dropWeights(
  node: InstanceNode,
  why: string,
  { asFault, counted }: { asFault: ReadonlySet<TrackKeyword>; counted: ReadonlySet<TrackKeyword> },
  problems: Problems,
): void {
  for (const keyword of TRACK_KEYWORDS) {
    if (keyword === 'track_process' || counted.has(keyword)) continue;
    retain(listsOf(node, keyword), (line) => {
      const value = line.value.weight?.value ?? 0;
      if (value === 0) return true;
      // 1 is what a file has by default: nobody meant it as a weight.
      const stays = asFault.has(keyword) && (keyword !== 'track_file' || value === 1);
      const outcome = stays ? 'weight 0 is in force' : 'this line is ignored';
      warn(problems, 'tracker-weight', line.words[0], `${why}: ${outcome}`);
      if (stays) clearWeight(line);
      return stays;
    });
  }
}

export function clearWeight(line: ListLine<TrackEntry>): void {
  // The direction stays.
  line.value = { ...line.value, weight: { value: 0, reverse: line.value.weight?.reverse ?? false } };
}

/** A script that nothing follows is not run. */
export function dropUnusedScripts({ root, problems }: CheckContext): void {
  const used = new Set<string>();
  for (const node of [...root.blocks('vrrp_instance'), ...root.blocks('vrrp_sync_group')]) {
    for (const { lines } of listsOf(node as InstanceNode, 'track_script')) {
      for (const { value } of lines) used.add(value.name);
    }
  }
  for (const node of root.blocks('vrrp_script')) {
    if (used.has(node.name)) continue;
    node.kept = false;
    note(problems, 'unused-script', node.origin, `nothing follows '${short(node.name)}': it is not run`);
  }
}
