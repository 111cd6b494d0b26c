/**
 * The address of the page names what it shows, so that it can be shared: `#node=r1&actor=vrrp/VI_1&seq=12` a row on its
 * chart, `#view=wall&state=fault&q=10.0` what is asked for on the wall.
 */
import { EVERYTHING, type Filter } from './wall/filter.ts';

export type ViewName = 'wall' | 'chart';

export interface Place {
  /** Null: it does not say. */
  readonly view: ViewName | null;
  readonly node: string | null;
  readonly actor: string | null;
  /** Null: live. */
  readonly seq: number | null;
  /** Unix time of the moment, where no row is named; null: live. */
  readonly timeUs: number | null;
  readonly filter: Filter;
}

/** `push`: the browser's back button returns to what was shown before. */
export type HowShown = 'replace' | 'push';

/** Unix time in microseconds, or a date as `2026-11-28T03:12:07.5Z`. */
function readTime(text: string | null): number | null {
  if (text === null) return null;
  const us = /^\d{1,16}$/.test(text) ? Number(text) : Date.parse(text) * 1_000;
  return Number.isSafeInteger(Math.round(us)) && us > 0 ? Math.round(us) : null;
}

export function readPlace(hash = location.hash): Place {
  const fields = new URLSearchParams(hash.slice(1));
  const seq = Number(fields.get('seq') ?? Number.NaN);
  const view = fields.get('view');
  const several = (name: string): ReadonlySet<string> => new Set(fields.getAll(name));
  return {
    view: view === 'wall' || view === 'chart' ? view : null,
    node: fields.get('node'),
    actor: fields.get('actor'),
    seq: Number.isSafeInteger(seq) && seq > 0 ? seq : null,
    timeUs: readTime(fields.get('time')),
    filter: {
      text: fields.get('q') ?? EVERYTHING.text,
      ...{ states: several('state'), kinds: several('kind'), nodes: several('on') },
    },
  };
}

/** Letters that may stand as they are in the address are left as they are, to be read. */
const plain = (text: string): string =>
  encodeURIComponent(text).replace(/%(?:2F|3A|5B|5D|20)/g, (code) =>
    code === '%20' ? '+' : decodeURIComponent(code),
  );

export function formatPlace({ view, node, actor, seq, timeUs, filter }: Place): string {
  const field = (name: string, value: string | number | null): string[] =>
    value === null || value === '' ? [] : [`${name}=${plain(String(value))}`];
  const several = (name: string, values: ReadonlySet<string>): string[] =>
    [...values].flatMap((value) => field(name, value));
  return `#${[
    // Whoever names an actor means its chart.
    ...(view === 'chart' && actor !== null ? [] : field('view', view)),
    ...field('node', node),
    ...field('actor', actor),
    ...field('seq', seq),
    ...(seq === null ? field('time', timeUs) : []),
    ...field('q', filter.text),
    ...several('state', filter.states),
    ...several('kind', filter.kinds),
    ...several('on', filter.nodes),
  ].join('&')}`;
}

/** Stepping does not fill the browser's history; jumping elsewhere does. */
export function writePlace(place: Place, how: HowShown): void {
  const hash = formatPlace(place);
  if (hash === location.hash) return;
  if (how === 'push') history.pushState(null, '', hash);
  else history.replaceState(null, '', hash);
}
