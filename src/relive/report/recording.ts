/** What a report's page carries with it: the rows around a change, how everybody stood before them, and what explains them. */
import type { ActorView, ClocksAnswer, NodeView, RatesAnswer, ViewRow } from '../../view/api.ts';
import { layoutOf } from '../../view/chart/layouts.ts';
import { links } from '../../view/history/links.ts';
import { plainChart } from '../../view/plain-chart.ts';
import { withBefore } from '../../view/queries.ts';
import { type CarriedRow, keyOfRow, type Recording, type RowTold } from '../../view/recording.ts';
import type { JournalSource } from '../../view/source.ts';
import { everybodyAt } from '../../view/warm-fleet.ts';
import { clocksOnPage } from '../clocks/on-page.ts';
import { explainRow } from '../page/explain-row.ts';
import { whyNot } from '../page/why-not.ts';
import { whyRow } from '../page/why-row.ts';
import type { Witness } from '../why/model.ts';
import { laneSource } from './lane-source.ts';
import { type ReportRow, rowsAround } from './rows.ts';
import type { Subject } from './subject.ts';

export interface RecordingDepth {
  readonly rows: number;
  /** Rows, the nearest to the change, that are explained. */
  readonly told: number;
}

const UNTOLD: RowTold = { links: { causes: [], effects: [] }, explain: null, why: null };

export function recordingOf(
  subject: Subject,
  witnesses: readonly Witness[],
  depth: RecordingDepth,
): Recording {
  const { window, explanation, lanes } = subject;
  const sources = witnesses.map(laneSource);
  const shown = rowsAround(subject, witnesses, depth.rows).rows;
  const rows = shown.map((one) => viewOf(one, sources));
  const opened = openedOf(subject, rows);
  const distance = ({ wallUs }: ViewRow): number => Math.abs(wallUs - explanation.wallUs);
  const near = new Set([...rows].sort((a, b) => distance(a) - distance(b)).slice(0, depth.told));
  const told = rows.map((row) => [keyOfRow(row), near.has(row) ? tell(row, witnesses, sources) : UNTOLD]);
  return {
    ...window,
    nodes: sources.map((source) => nodeOf(source, window, rows)),
    begin: sources.flatMap((source) => beginOf(source, window.fromUs, lanes, rows)),
    rows,
    told: Object.fromEntries(told),
    whyNot: whyNotOf(opened, witnesses, rows),
    opened,
    charts: chartsOf(sources, rows),
    clocks: clocksOf(witnesses, window),
    gaps: sources.flatMap((source) => gapsOf(source, window)),
    rates: ratesOf(sources, window, rows),
  };
}

/** A start has its whole context: thousands of letters that the configuration says better. */
function viewOf({ witness, row, before }: ReportRow, sources: readonly JournalSource[]): CarriedRow {
  const source = sources.find(({ node }) => node === witness.name);
  const [view] = source === undefined ? [] : withBefore(source, [row]);
  const { effectivePriority } = row.delta;
  const delta =
    row.kind !== 'start' ? row.delta : effectivePriority === undefined ? {} : { effectivePriority };
  return { ...(view ?? { ...row, before }), node: witness.name, delta, changed: row.changed };
}

/** The row of the change, or the last one of a process that ended without one. */
function openedOf({ change }: Subject, rows: readonly ViewRow[]): Recording['opened'] {
  const node = change.witness.name;
  const seq =
    change.kind === 'row'
      ? change.row.seq
      : (rows.findLast((row) => row.node === node && row.actor === change.actor)?.seq ?? 0);
  return { node, actor: change.actor, seq };
}

const ownFirst = (witnesses: readonly Witness[], node: string): readonly Witness[] => [
  ...witnesses.filter(({ name }) => name === node),
  ...witnesses.filter(({ name }) => name !== node),
];

function tell(row: ViewRow, witnesses: readonly Witness[], sources: readonly JournalSource[]): RowTold {
  const { node, actor, seq } = row;
  const [own, ...others] = ownFirst(witnesses, node);
  const source = sources.find((one) => one.node === node);
  if (own === undefined || source === undefined) return UNTOLD;
  const isMachine = row.machine !== null;
  return {
    links: links(sources, source, seq) ?? UNTOLD.links,
    explain: isMachine ? explainRow(own, actor, seq) : null,
    why: isMachine ? whyRow([own, ...others], actor, seq) : null,
  };
}

function whyNotOf(
  { node, actor, seq }: Recording['opened'],
  witnesses: readonly Witness[],
  rows: readonly ViewRow[],
): Recording['whyNot'] {
  const machine = rows.find((row) => row.node === node && row.seq === seq)?.machine ?? null;
  const states =
    layoutOf(machine)?.nodes.filter(({ kind }) => kind === 'atomic' || kind === 'compound') ?? [];
  const own = ownFirst(witnesses, node);
  const answers = states.flatMap(({ id }) => {
    const answer = whyNot(own, actor, seq, id);
    return answer === null ? [] : [[id, answer] as const];
  });
  return Object.fromEntries(answers);
}

function nodeOf(
  source: JournalSource,
  { fromUs, toUs }: Subject['window'],
  rows: readonly ViewRow[],
): NodeView {
  const own = rows.filter(({ node }) => node === source.node);
  const epoch = source.epochs().findLast(({ startUs }) => startUs <= toUs);
  return {
    node: source.node,
    lastSeq: own.at(-1)?.seq ?? 0,
    fromUs,
    toUs: Math.min(toUs, epoch?.lastUs ?? toUs),
    running: epoch === undefined || !epoch.ended || epoch.lastUs > toUs,
  };
}

/** Only those that have rows or a lane: of others it is not recorded what became of them. */
function beginOf(
  source: JournalSource,
  fromUs: number,
  lanes: Subject['lanes'],
  rows: readonly ViewRow[],
): readonly ActorView[] {
  const wanted = new Set([
    ...lanes.filter(({ witness }) => witness.name === source.node).map(({ actor }) => actor),
    ...rows.filter(({ node }) => node === source.node).map(({ actor }) => actor),
  ]);
  const first = rows.find(({ node }) => node === source.node);
  const seq = Math.min(source.seqAt(fromUs - 1), (first?.seq ?? Number.MAX_SAFE_INTEGER) - 1);
  if (seq <= 0) return [];
  const epoch = source.epochs().findLast(({ firstSeq }) => firstSeq <= seq);
  if (epoch === undefined || (epoch.ended && epoch.lastUs < fromUs)) return [];
  return everybodyAt(source, seq).filter(({ actor, machine }) => machine !== null && wanted.has(actor));
}

function chartsOf(sources: readonly JournalSource[], rows: readonly ViewRow[]): Recording['charts'] {
  const charts = new Map<string, NonNullable<ReturnType<typeof plainChart>>>();
  for (const { node, machine, seq } of rows) {
    const key = `${node} ${machine}`;
    if (machine === null || layoutOf(machine) !== null || charts.has(key)) continue;
    const source = sources.find((one) => one.node === node);
    const chart = source === undefined ? null : plainChart(source, seq);
    if (chart !== null) charts.set(key, chart);
  }
  return Object.fromEntries(charts);
}

function clocksOf(witnesses: readonly Witness[], { fromUs, toUs }: Subject['window']): ClocksAnswer {
  const nodes = witnesses.map(({ name, reader }) => ({ node: name, directory: reader.directory }));
  return clocksOnPage(() => nodes)(fromUs, toUs);
}

function gapsOf(source: JournalSource, { fromUs, toUs }: Subject['window']): Recording['gaps'] {
  const touched = source.gaps().filter((gap) => gap.fromUs <= toUs && gap.toUs >= fromUs);
  return touched.map((gap) => ({ node: source.node, ...gap }));
}

/** Adverts by the runs that count them, each spread evenly over its time, and the rows that are shown. */
function ratesOf(
  sources: readonly JournalSource[],
  { fromUs, toUs }: Subject['window'],
  rows: readonly ViewRow[],
): RatesAnswer {
  const cellUs = Math.max(LEAST_CELL_US, Math.ceil((toUs - fromUs) / RATE_CELLS));
  const cells = Math.ceil((toUs - fromUs) / cellUs);
  const nodes = sources.map((source) => {
    const [adverts, counted] = [new Array<number>(cells).fill(0), new Array<number>(cells).fill(0)];
    const cellOf = (us: number): number => Math.floor((us - fromUs) / cellUs);
    for (const run of source.runs(fromUs, toUs)) {
      const [first, last] = [cellOf(run.fromUs), cellOf(run.toUs)];
      const share = run.count / (last - first + 1);
      for (let cell = Math.max(0, first); cell <= Math.min(cells - 1, last); cell += 1)
        adverts[cell] = (adverts[cell] ?? 0) + share;
    }
    for (const { node, wallUs } of rows) {
      const cell = cellOf(wallUs);
      if (node === source.node && cell >= 0 && cell < cells) counted[cell] = (counted[cell] ?? 0) + 1;
    }
    return {
      node: source.node,
      adverts: adverts.map((count) => Math.round(count * 100) / 100),
      rows: counted,
    };
  });
  const thinned = sources.flatMap((source) =>
    source.thinned().filter((time) => time.fromUs <= toUs && time.toUs >= fromUs),
  );
  return { fromUs, cellUs, nodes, thinned, counting: false };
}

const RATE_CELLS = 200;
/** Below it a rate would be that of single rows. */
const LEAST_CELL_US = 1_000_000;

/** Fits into a mail and a ticket. */
export const MOST_RECORDED_BYTES = 1_000_000;

/** The first that fits is taken. */
export const RECORDING_DEPTHS: readonly RecordingDepth[] = [
  { rows: 200, told: 80 },
  { rows: 120, told: 30 },
  { rows: 50, told: 10 },
  { rows: 20, told: 4 },
];
