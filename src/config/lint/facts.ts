/** What the rules ask of an instance, whatever of it is written where. */

import { type Given, ListNode } from '../node.ts';
import type { Place, Word } from '../problems.ts';
import type { ReadConfigResult } from '../read.ts';
import type { Weight } from '../registry/weights.ts';

/** A block by any keyword: the rules look up words that some blocks do not have. */
export interface LintBlock {
  readonly name: unknown;
  readonly keyword: Word | null;
  readonly origin: Place;
  readonly spec: { readonly keywords: object };
  value(keyword: string): unknown;
  isSet(keyword: string): boolean;
  given(keyword: string): readonly Given[];
  place(keyword: string): Place;
  hasBlock(keyword: string): boolean;
  blocks(keyword: string): readonly { readonly keyword: Word | null }[];
  lines(keyword: string): readonly { readonly words: readonly [Word, ...Word[]] }[];
}

/** One router: a file with what it includes. */
export interface LintNode {
  /** As the operator named it. */
  readonly label: string;
  readonly root: LintBlock;
  readonly instances: readonly Instance[];
}

export interface Tracker {
  /** `track_script`. */
  readonly keyword: string;
  /** What is tracked: an interface, a script, ... */
  readonly name: Word;
  /** 0: its failure is a fault. */
  readonly weight: number;
}

export interface Instance {
  readonly node: LintBlock;
  readonly name: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly family: 'inet' | 'inet6';
  readonly version: number;
  readonly priority: number;
  readonly advertIntervalUs: number;
  readonly startsAsMaster: boolean;
  /** As it was asked for; not where MASTER or priority 255 undo it. */
  readonly nopreempt: boolean;
  readonly strict: boolean;
  /** null: the interface's first address. */
  readonly source: string | null;
  readonly peers: readonly string[];
  /** Virtual addresses as written, without their options. */
  readonly addresses: readonly Word[];
  /** Its own and those of its sync groups. */
  readonly trackers: readonly Tracker[];
}

export const OWNER_PRIORITY = 255;

const TRACK_BLOCKS = ['track_interface', 'track_script', 'track_process', 'track_file', 'track_bfd'];

/** Blocks whose `weight` is that of trackers which do not say. */
const TRACKED: Readonly<Record<string, readonly string[]>> = {
  track_script: ['vrrp_script'],
  track_process: ['vrrp_track_process'],
  track_file: ['track_file'],
  track_bfd: ['bfd_instance'],
};

export function lintNode(label: string, result: ReadConfigResult): LintNode {
  const root = result.root as unknown as LintBlock;
  const instances = blocksOf(root, 'vrrp_instance').map((node) => instanceFacts(node, root));
  return { label, root, instances };
}

/** Blocks of settings of a keyword, those that are left out excepted. */
export function blocksOf(node: LintBlock, keyword: string): readonly LintBlock[] {
  if (!Object.hasOwn(node.spec.keywords, keyword)) return [];
  const blocks = node.blocks(keyword).filter((block) => !(block instanceof ListNode));
  return blocks as unknown as readonly LintBlock[];
}

/** The words of each line of a keyword's blocks. */
export function wordsOf(node: LintBlock, keyword: string): readonly (readonly [Word, ...Word[]])[] {
  return node.lines(keyword).map(({ words }) => words);
}

export function numberOf(node: LintBlock, keyword: string): number | null {
  const value = node.value(keyword);
  return typeof value === 'number' ? value : null;
}

function textOf(node: LintBlock, keyword: string): string | null {
  const value = node.value(keyword);
  return typeof value === 'string' ? value : null;
}

function instanceFacts(node: LintBlock, root: LintBlock): Instance {
  const addresses = wordsOf(node, 'virtual_ipaddress').map(([word]) => word);
  const states = node.given('state').filter(({ value }) => value !== null);
  const saysMaster = states.some(({ value }) => value === 'MASTER');
  const priority =
    saysMaster && !node.isSet('priority') ? OWNER_PRIORITY : (numberOf(node, 'priority') ?? 100);
  const name = String(node.name);
  const inet6 = addresses[0]?.text.includes(':') === true || node.value('native_ipv6') === true;
  return {
    node,
    name,
    interface: textOf(node, 'interface') ?? '',
    virtualRouterId: numberOf(node, 'virtual_router_id') ?? 0,
    family: inet6 ? 'inet6' : 'inet',
    version: inet6 && !node.isSet('version') ? 3 : (numberOf(node, 'version') ?? 2),
    priority,
    advertIntervalUs: numberOf(node, 'advert_int') ?? 1_000_000,
    startsAsMaster: saysMaster || (states.length === 0 && priority === OWNER_PRIORITY),
    nopreempt: asksNotToPreempt(node),
    strict: node.value('strict_mode') === true,
    source: textOf(node, 'unicast_src_ip') ?? textOf(node, 'mcast_src_ip'),
    peers: wordsOf(node, 'unicast_peer').map(([word]) => word.text),
    addresses,
    trackers: [node, ...groupsOf(name, root)].flatMap((block) => trackersOf(block, root)),
  };
}

function asksNotToPreempt(node: LintBlock): boolean {
  const nopreempt = node.given('nopreempt').at(-1);
  const preempt = node.given('preempt').at(-1);
  return nopreempt !== undefined && (preempt === undefined || preempt.index < nopreempt.index);
}

/** Sync groups that an instance is in. */
function groupsOf(instance: string, root: LintBlock): LintBlock[] {
  return blocksOf(root, 'vrrp_sync_group').filter((group) =>
    wordsOf(group, 'group').some((words) => words.some(({ text }) => text === instance)),
  );
}

function trackersOf(block: LintBlock, root: LintBlock): Tracker[] {
  return TRACK_BLOCKS.flatMap((keyword) =>
    wordsOf(block, keyword).map((words) => {
      const [name] = words;
      return { keyword, name, weight: writtenWeight(words) ?? ownWeight(keyword, name.text, root) };
    }),
  );
}

function writtenWeight(words: readonly Word[]): number | null {
  const at = words.findIndex(({ text }) => text === 'weight');
  const weight = at < 0 ? Number.NaN : Number(words[at + 1]?.text);
  if (!Number.isFinite(weight)) return null;
  return words.some(({ text }) => text === 'reverse') ? -weight : weight;
}

function ownWeight(keyword: string, name: string, root: LintBlock): number {
  for (const blocks of TRACKED[keyword] ?? []) {
    const tracked = blocksOf(root, blocks).find((block) => String(block.name) === name);
    if (tracked === undefined) continue;
    const weight = tracked.value('weight') as Weight | null;
    if (weight !== null) return weight.reverse ? -weight.value : weight.value;
  }
  return 0;
}
