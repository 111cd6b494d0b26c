/** What was sent from one router and never reached another, found by laying their journals side by side. Pure. */
import type { ActorId } from '../../engine/types.ts';
import { roleOf } from '../words.ts';
import type { Happening } from './happenings.ts';
import { EDGE } from './heard-adverts.ts';

/** One router's part of a stretch of history, in order. */
export interface LossLine {
  readonly name: string;
  readonly happenings: readonly Happening[];
  /** What the instances were, and sent from, at the beginning. */
  readonly entered: readonly LossEntry[];
}

export interface LossEntry {
  readonly actor: ActorId;
  readonly role: string;
  readonly source: string | null;
  readonly intervalUs: number;
}

/** A time, in the middle of which nothing came through. */
export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

interface Speaker {
  readonly actor: ActorId;
  readonly intervalUs: number;
  source: string | null;
  /** While it was master. */
  readonly spoke: { fromUs: number; toUs: number }[];
  /** While it was backup or master. */
  readonly listened: { fromUs: number; toUs: number }[];
  role: string;
}

/** A silence of more than this share of the interval means that an advert is missing. */
const MISSING = 1.5;

export class LossBook {
  readonly #windows = new Map<string, Window[]>();

  constructor(lines: readonly LossLine[], { fromUs, toUs }: Window) {
    const speakers = new Map(lines.map((line) => [line.name, speakersOf(line, fromUs, toUs)]));
    for (const from of lines) {
      for (const to of lines) {
        if (from === to) continue;
        for (const speaker of speakers.get(from.name) ?? []) {
          const listener = (speakers.get(to.name) ?? []).find(({ actor }) => actor === speaker.actor);
          if (speaker.source === null || listener === undefined) continue;
          const windows = windowsBetween(speaker, listener, coverageOf(to, speaker.source));
          this.#windows.set(`${from.name}>${to.name} ${speaker.source}`, windows);
        }
      }
    }
    this.#bothWays(lines, speakers);
  }

  isLost = (from: string, to: string, source: string, atUs: number): boolean =>
    (this.#windows.get(`${from}>${to} ${source}`) ?? []).some(
      (window) => window.fromUs <= atUs && atUs <= window.toUs,
    );

  /** How many stretches there are in which nothing came through. */
  get count(): number {
    return [...this.#windows.values()].reduce((sum, windows) => sum + windows.length, 0);
  }

  edgesUs(): number[] {
    return [...this.#windows.values()].flatMap((windows) =>
      windows.flatMap(({ fromUs, toUs }) => [fromUs, toUs]),
    );
  }

  /** A way on which nothing came from the first was closed before, if the other direction was closed by then. */
  #bothWays(lines: readonly LossLine[], speakers: ReadonlyMap<string, readonly Speaker[]>): void {
    for (const [key, windows] of this.#windows) {
      const [way = '', source = ''] = key.split(' ');
      const [from = '', to = ''] = way.split('>');
      const speaker = speakers.get(from)?.find((each) => each.source === source);
      const back = lines.flatMap(({ name }) =>
        name === to
          ? (speakers.get(name) ?? []).flatMap((each) =>
              each.actor === speaker?.actor ? (this.#windows.get(`${to}>${from} ${each.source}`) ?? []) : [],
            )
          : [],
      );
      this.#windows.set(
        key,
        windows.map((window) => {
          const begins = speaker?.spoke.some(
            ({ fromUs }) => Math.abs(fromUs - window.fromUs) < speaker.intervalUs,
          );
          const other = back.find(({ fromUs, toUs }) => fromUs < window.fromUs && window.fromUs <= toUs);
          return begins === true && other !== undefined ? { ...window, fromUs: other.fromUs } : window;
        }),
      );
    }
  }
}

function speakersOf({ entered, happenings }: LossLine, fromUs: number, toUs: number): Speaker[] {
  const speakers = new Map<ActorId, Speaker>();
  const speakerOf = (actor: ActorId, intervalUs: number): Speaker => {
    const known = speakers.get(actor);
    if (known !== undefined) return known;
    const made: Speaker = { actor, intervalUs, source: null, spoke: [], listened: [], role: '' };
    speakers.set(actor, made);
    return made;
  };
  for (const { actor, role, source, intervalUs } of entered) {
    const speaker = speakerOf(actor, intervalUs);
    speaker.source = source;
    turn(speaker, role, fromUs);
  }
  for (const happening of happenings) {
    const { atUs } = happening;
    if (happening.kind === 'ended' || happening.kind === 'began')
      for (const speaker of speakers.values()) turn(speaker, 'gone', atUs);
    if (happening.kind === 'spawned' && happening.actor.startsWith('vrrp/'))
      speakerOf(happening.actor, Number(happening.input.advertIntervalUs));
    if (happening.kind !== 'state') continue;
    const speaker = speakers.get(happening.actor);
    if (speaker === undefined) continue;
    if (typeof happening.delta.sourceAddress === 'string') speaker.source = happening.delta.sourceAddress;
    turn(speaker, roleOf(happening.state), atUs);
  }
  for (const speaker of speakers.values()) turn(speaker, 'gone', toUs);
  return [...speakers.values()];
}

function turn(speaker: Speaker, role: string, atUs: number): void {
  if (role === speaker.role) return;
  const [spoke, listened] = [speaker.role === 'master', isListening(speaker.role)];
  const close = (spans: Speaker['spoke']): void => {
    const last = spans.at(-1);
    if (last !== undefined) last.toUs = atUs;
  };
  if (spoke) close(speaker.spoke);
  if (listened && !isListening(role)) close(speaker.listened);
  if (role === 'master') speaker.spoke.push({ fromUs: atUs, toUs: atUs });
  if (!listened && isListening(role)) speaker.listened.push({ fromUs: atUs, toUs: atUs });
  speaker.role = role;
}

const isListening = (role: string): boolean => role === 'master' || role === 'backup';

/** Times at which something of a source was heard. */
function coverageOf({ happenings }: LossLine, source: string): Window[] {
  return happenings
    .flatMap((happening): Window[] => {
      if (happening.kind === 'heard' && happening.advert.source === source)
        return [{ fromUs: happening.atUs, toUs: happening.atUs }];
      return happening.kind === 'train' && happening.train.source === source ? [happening.train] : [];
    })
    .sort((a, b) => a.fromUs - b.fromUs);
}

function windowsBetween(speaker: Speaker, listener: Speaker, coverage: readonly Window[]): Window[] {
  const { intervalUs } = speaker;
  const windows: Window[] = [];
  for (const spoke of speaker.spoke) {
    for (const listened of listener.listened) {
      const fromUs = Math.max(spoke.fromUs, listened.fromUs);
      const toUs = Math.min(spoke.toUs, listened.toUs);
      if (toUs <= fromUs) continue;
      let heardUs = fromUs - EDGE * intervalUs;
      const inside = coverage.filter((heard) => heard.toUs >= fromUs && heard.fromUs <= toUs);
      for (const heard of [...inside, { fromUs: toUs + EDGE * intervalUs, toUs }]) {
        if (heard.fromUs - heardUs > MISSING * intervalUs)
          windows.push({ fromUs: heardUs + EDGE * intervalUs, toUs: heard.fromUs - EDGE * intervalUs });
        heardUs = Math.max(heardUs, heard.toUs);
      }
    }
  }
  return windows;
}
