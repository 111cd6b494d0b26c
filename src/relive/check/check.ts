/** All invariants over the histories of one or several nodes, in one pass. */
import type { StoredRun } from '../../journal/model.ts';
import type { Entry } from '../entries.ts';
import { lengthOf } from '../merge/mastership.ts';
import { type Node, Timeline, type TimelineOptions } from '../merge/timeline.ts';
import { formatDuration } from '../time.ts';
import { addresses } from './addresses.ts';
import { crashes } from './crashes.ts';
import { effects } from './effects.ts';
import { faults } from './faults.ts';
import { garp } from './garp.ts';
import { groups } from './groups.ts';
import type { Invariant, InvariantOf, Violation } from './invariant.ts';
import { resignation } from './resignation.ts';
import { servers } from './servers.ts';

/** Those that rows alone can judge, by name. */
const OF_ROWS: Readonly<Record<string, InvariantOf>> = {
  ...{ addresses, garp, resignation, 'sync-group': groups, servers, effects, fault: faults, crash: crashes },
};

export const INVARIANTS: Readonly<Record<string, string>> = {
  'two-masters':
    'two nodes are never both master of a virtual router for longer than an advertisement interval',
  addresses: 'a master has its addresses, and nobody else has',
  garp: 'who gains addresses sends gratuitous ARP, and again after garp_master_delay',
  resignation: 'a master that resigns is succeeded when the skew is over',
  'sync-group': 'members of a sync group agree once they have settled',
  servers: 'a real server that failed its checks leaves the table; the quorum is what the weights say',
  effects: 'what an actor asks for has an outcome, and what it tells another one arrives',
  fault: 'an instance in FAULT has a reason',
  crash: 'no statechart crashes',
  lateness: 'a master sends its adverts in time',
  end: 'a process that ends says so',
  gap: 'nothing is lost of the journal',
};

export interface Verdict {
  readonly violations: readonly Violation[];
  /** Beyond those that are kept of each invariant. */
  readonly more: Readonly<Record<string, number>>;
  readonly rows: number;
}

/** Kept of each invariant. */
const KEPT = 1_000;
/** A gap between adverts from which on they are far too late: a backup takes over after three intervals and its skew. */
const LATE_INTERVALS = 2;

class Findings {
  readonly violations: Violation[] = [];
  readonly more: Record<string, number> = {};
  readonly #counts = new Map<string, number>();

  add(violation: Violation): void {
    const { invariant } = violation;
    const count = (this.#counts.get(invariant) ?? 0) + 1;
    this.#counts.set(invariant, count);
    if (count <= KEPT) this.violations.push(violation);
    else this.more[invariant] = count - KEPT;
  }
}

/** The invariants of one node, of the process that is being read. */
class NodeCheck {
  readonly #invariants: readonly Invariant[];
  readonly #node: string;
  #epoch = 0;
  #last = { monoUs: 0, wallUs: 0 };

  constructor(node: string, findings: Findings, wanted: ReadonlySet<string>) {
    this.#node = node;
    this.#invariants = Object.entries(OF_ROWS)
      .filter(([invariant]) => wanted.has(invariant))
      .map(([invariant, make]) =>
        make(({ actor, seq, wallUs }, text) =>
          findings.add({ invariant, node: this.#node, actor, seq, wallUs, text }),
        ),
      );
  }

  resume(node: Node, seq: number): void {
    for (const state of node.reader.statesAt(seq)) for (const one of this.#invariants) one.resume?.(state);
  }

  take(entry: Entry): void {
    if (entry.type === 'gap' && entry.gap.lostRows > 0) for (const one of this.#invariants) one.forget();
    if (entry.type === 'ended')
      this.#finish(this.#last.monoUs + Math.max(0, entry.wallUs - this.#last.wallUs));
    if (entry.type !== 'row') return;
    const { row } = entry;
    if (row.epoch !== this.#epoch && this.#epoch !== 0) this.#finish(this.#last.monoUs);
    this.#epoch = row.epoch;
    this.#last = row;
    for (const one of this.#invariants) one.row(entry);
    if (row.event.type === 'process.stopped') this.#finish(row.monoUs);
  }

  /** `wallUs`: until then the process is known to have lived. */
  end(wallUs: number): void {
    this.#finish(this.#last.monoUs + Math.max(0, wallUs - this.#last.wallUs));
  }

  #finish(monoUs: number): void {
    for (const one of this.#invariants) one.finish(monoUs);
  }
}

/** Reads everything once. `wanted`: names of INVARIANTS. */
export function check(
  nodes: readonly Node[],
  options: TimelineOptions,
  wanted: ReadonlySet<string>,
): Verdict {
  const findings = new Findings();
  const timeline = new Timeline(nodes, { ...options, runs: false, changedOnly: false });
  const checks = new Map(nodes.map((node) => [node, new NodeCheck(node.label, findings, wanted)]));
  const begun = new Set<Node>();
  let rows = 0;
  for (const { entry, node } of timeline.lines()) {
    const nodeCheck = checks.get(node);
    if (entry.type === 'row') {
      rows += 1;
      if (!begun.has(node) && entry.row.seq > 1) nodeCheck?.resume(node, entry.row.seq - 1);
      begun.add(node);
    }
    nodeCheck?.take(entry);
    ofEntry(entry, node, findings, wanted);
  }
  for (const [node, nodeCheck] of checks)
    nodeCheck.end(options.until === null ? (node.reader.epochs().at(-1)?.lastWallUs ?? 0) : 0);
  if (wanted.has('two-masters')) twoMasters(timeline, findings);
  if (wanted.has('lateness')) {
    const leastUs = Math.min(...timeline.intervals.values());
    if (Number.isFinite(leastUs)) for (const node of nodes) lateness(node, options, leastUs, findings);
  }
  const { violations, more } = findings;
  return { violations: violations.sort((a, b) => a.wallUs - b.wallUs), more, rows };
}

function ofEntry(entry: Entry, { label }: Node, findings: Findings, wanted: ReadonlySet<string>): void {
  if (entry.type === 'ended' && wanted.has('end')) {
    const text = `process ${entry.pid} ended without a stop: killed, crashed or power lost`;
    findings.add({ invariant: 'end', node: label, actor: 'relived', seq: null, wallUs: entry.wallUs, text });
  }
  if (entry.type !== 'gap' || !wanted.has('gap') || entry.gap.lostRows + entry.gap.lostRuns === 0) return;
  const { gap } = entry;
  const text = `${gap.lostRows} rows and ${gap.lostRuns} runs lost: ${gap.reason}`;
  findings.add({
    invariant: 'gap',
    node: label,
    actor: 'relived',
    seq: gap.fromSeq,
    wallUs: gap.fromWallUs,
    text,
  });
}

function twoMasters({ mastership, intervals }: Timeline, findings: Findings): void {
  for (const split of mastership.splitBrains) {
    const { router, nodes, from } = split;
    const { leastUs, mostUs } = lengthOf(split);
    if (leastUs <= (intervals.get(router) ?? 1_000_000)) continue;
    const most = Number.isFinite(mostUs) ? `, at most ${formatDuration(Math.round(mostUs))}` : '';
    const text = `${nodes.join(' and ')} were both master for at least ${formatDuration(Math.round(leastUs))}${most}`;
    findings.add({
      ...{ invariant: 'two-masters', node: nodes[1], actor: router, seq: null, text },
      wallUs: Math.round(from.us),
    });
  }
}

/** Runs with a gap that backups come near to take for the end of the master. */
function lateness(
  node: Node,
  { since, until, actor }: TimelineOptions,
  shortestUs: number,
  findings: Findings,
): void {
  const { reader, label } = node;
  const range = {
    ...(since?.kind === 'time' ? { fromWallUs: since.wallUs } : {}),
    ...(until?.kind === 'time' ? { toWallUs: until.wallUs } : {}),
    ...(actor === null ? {} : { actor }),
    leastGapUs: LATE_INTERVALS * shortestUs,
  };
  const intervals = new Map<string, number>();
  for (const run of reader.runs(range)) {
    if (run.direction !== 'sent' || !run.actor.startsWith('vrrp/')) continue;
    const everyUs = intervals.get(run.actor) ?? intervalOf(node, run);
    intervals.set(run.actor, everyUs);
    if (run.largestGapUs <= LATE_INTERVALS * everyUs) continue;
    const text = `${formatDuration(run.largestGapUs)} between two of its own adverts; advert_int is ${formatDuration(everyUs)}`;
    findings.add({
      invariant: 'lateness',
      node: label,
      actor: run.actor,
      seq: run.afterSeq,
      wallUs: run.firstWallUs,
      text,
    });
  }
}

function intervalOf({ reader }: Node, { actor, afterSeq }: StoredRun): number {
  const input = reader.stateAt(actor, afterSeq)?.context.input;
  const every = (input as { advertIntervalUs?: unknown } | undefined)?.advertIntervalUs;
  return typeof every === 'number' ? every : Number.POSITIVE_INFINITY;
}
