/** From a change to its report, within a bound on its size. */
import { version } from '../../host/version.ts';
import type { Json } from '../../protocol/json.ts';
import { recordedPage } from '../../view/recorded-page.ts';
import { clockBetween } from '../clocks/clock-fit.ts';
import { relationInWords } from '../clocks/words.ts';
import { formatWall } from '../time.ts';
import type { Witness } from '../why/model.ts';
import { actorName } from '../words.ts';
import { chartParts, type Moment } from './chart-svg.ts';
import { configurationAt } from './configuration.ts';
import { type Depth, type ReportContent, reportPage } from './page.ts';
import { MOST_RECORDED_BYTES, RECORDING_DEPTHS, recordingOf } from './recording.ts';
import { rowsAround } from './rows.ts';
import type { Subject } from './subject.ts';

/** Fits into a mail, a ticket and a chat. */
export const MOST_BYTES = 500_000;

interface Plan extends Depth {
  readonly rows: number;
}

/** The first that fits is taken. */
const PLANS: readonly Plan[] = [
  { rows: 200, details: true, quietRegions: true },
  { rows: 200, details: false, quietRegions: true },
  { rows: 200, details: false, quietRegions: false },
  { rows: 60, details: false, quietRegions: false },
];

export interface ReportOptions {
  readonly utc: boolean;
  /** The command line that asks for it again. */
  readonly command: string;
  /** Unix time. */
  readonly nowUs: number;
}

export function report(subject: Subject, witnesses: readonly Witness[], options: ReportOptions): string {
  const moment = momentOf(subject);
  const content: Omit<ReportContent, 'rows' | 'depth'> = {
    subject,
    charts: moment === null ? null : chartParts(moment),
    chartOf: `${actorName(subject.change.actor)} on ${subject.change.witness.name}`,
    configurations: witnesses.map(({ name, reader }) => ({
      node: name,
      configuration: configurationAt(reader, reader.seqAt(subject.explanation.wallUs)),
    })),
    clocks: clocksOf(subject, witnesses),
    made: madeOf(subject, witnesses, options),
    utc: options.utc,
  };
  let page = '';
  for (const plan of PLANS) {
    page = reportPage({ ...content, rows: rowsAround(subject, witnesses, plan.rows), depth: plan });
    if (Buffer.byteLength(page) <= MOST_BYTES) break;
  }
  return page;
}

/** The same change on the visualizer's own page. @throws if the page was not built, or the change alone is too large */
export function reportOnPage(subject: Subject, witnesses: readonly Witness[]): string {
  for (const depth of RECORDING_DEPTHS) {
    const page = recordedPage(recordingOf(subject, witnesses, depth), subject.explanation.sentence);
    if (Buffer.byteLength(page) <= MOST_RECORDED_BYTES) return page;
  }
  throw new Error(`even the rows next to the change take more than ${MOST_RECORDED_BYTES} bytes`);
}

/** The row of the change, or the last state of a process that ended without one. */
function momentOf({ change }: Subject): Moment | null {
  if (change.kind === 'row') return { row: change.row, before: change.before as Json | null };
  const state = change.witness.reader.stateAt(change.actor, change.epoch.lastSeq);
  return state === null ? null : { machine: state.machine, state: state.state };
}

function clocksOf({ window, explanation }: Subject, witnesses: readonly Witness[]): string[] {
  const [first, ...others] = witnesses;
  if (first === undefined || others.length === 0)
    return ['One journal: times are those of its node, and nothing is said of the order on other nodes.'];
  const range = { fromWallUs: window.fromUs, toWallUs: window.toUs };
  return others.map(({ name, reader }) => {
    const fit = clockBetween(first.reader, reader, range);
    return relationInWords(fit.relationAt(explanation.wallUs), first.name, name);
  });
}

function madeOf(
  { window }: Subject,
  witnesses: readonly Witness[],
  { utc, command, nowUs }: ReportOptions,
): (readonly [string, string])[] {
  const journals = witnesses.map(({ name, reader }): readonly [string, string] => {
    const programs = versionsIn(witnesses, name);
    const range = `rows @${reader.firstSeq()} to @${reader.lastSeq()}`;
    return [`Journal of ${name}`, `${reader.directory}, ${range}, written by ${programs}`];
  });
  return [
    ['Made', `${formatWall(nowUs, utc)} by relive ${version()}`],
    ['With', command],
    [
      'Time shown',
      `${formatWall(window.fromUs, utc)} to ${formatWall(window.toUs, utc)}${utc ? '' : ', local time of where it was made'}`,
    ],
    ...journals,
    ['Not checked here', 'digests, hash chain and re-execution: relive verify does that'],
  ];
}

/** Rows looked at for the programs that wrote a journal. */
const MOST_NOTES = 1_000;

function versionsIn(witnesses: readonly Witness[], name: string): string {
  const reader = witnesses.find((witness) => witness.name === name)?.reader;
  const versions = new Set<string>();
  let read = 0;
  for (const { event } of reader?.rows({ actor: 'relived' }) ?? []) {
    if (event.type === 'process.started') versions.add(`relived ${String(event.version)}`);
    read += 1;
    if (read === MOST_NOTES) break;
  }
  return [...versions].join(', ') || 'an unknown version';
}
