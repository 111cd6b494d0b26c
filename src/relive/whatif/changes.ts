/** The changes of a command line, as terms under which a history is lived again. */

import { configuredActors } from '../../config/actors.ts';
import { canonical } from '../../config/plain.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { MachineDefinition } from '../../machines/registry.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { CliError, EXIT } from '../cli.ts';
import { Inputs as ConfigurationFiles } from '../config/input.ts';
import { pointOf, wallOf } from '../range.ts';
import { type Edit, editInputs } from './edit.ts';
import { type AddedAdvert, type Interference, type Terms, UNCHANGED } from './terms.ts';

export interface ChangeOptions {
  readonly set: readonly string[];
  readonly config: readonly string[];
  readonly drop: readonly string[];
  readonly delay: readonly string[];
  readonly add: readonly string[];
  readonly ignoreEvent: readonly string[];
  readonly without: readonly string[];
  readonly code?: string;
}

export const NO_CHANGES: ChangeOptions = {
  ...{ set: [], config: [], drop: [], delay: [], add: [], ignoreEvent: [], without: [] },
};

export function hasChanges(options: ChangeOptions): boolean {
  const { set, config, drop, delay, add, ignoreEvent, without, code } = options;
  return (
    [set, config, drop, delay, add, ignoreEvent, without].some(({ length }) => length > 0) ||
    code !== undefined
  );
}

/** One after another of `k=v`, `A..B` and other words, by commas. */
interface Words {
  readonly named: ReadonlyMap<string, string>;
  readonly fromUs: number | null;
  readonly toUs: number | null;
  readonly others: readonly string[];
}

/** @throws CliError 2 or 3 */
function words(option: string, text: string, readers: readonly JournalReader[]): Words {
  const named = new Map<string, string>();
  const others: string[] = [];
  let [fromUs, toUs]: [number | null, number | null] = [null, null];
  for (const word of text.split(',').map((each) => each.trim())) {
    const [, key, value] = /^([a-z]+)=(.*)$/.exec(word) ?? [];
    const [, from, to] = /^(.*?)\.\.(.*)$/.exec(word) ?? [];
    if (key !== undefined && value !== undefined) named.set(key, value);
    else if (from !== undefined && to !== undefined) {
      fromUs = from === '' ? null : wallOf(pointOf(from, readers), readers);
      toUs = to === '' ? null : wallOf(pointOf(to, readers), readers);
    } else if (word !== '') others.push(word);
  }
  for (const key of named.keys())
    if (!['from', 'priority', 'instance'].includes(key))
      throw new CliError(EXIT.usage, `${option} ${text}: ${key}= is not known here`);
  return { named, fromUs, toUs, others };
}

/** `from=10.0.0.1,02:59..03:00` */
export function parseDrop(text: string, readers: readonly JournalReader[]): Interference {
  const { named, fromUs, toUs, others } = words('--drop', text, readers);
  if (others.length > 0 || (named.size === 0 && fromUs === null && toUs === null))
    throw new CliError(EXIT.usage, `--drop ${text}: expected from=ADDRESS, FROM..TO, or both`);
  return { from: named.get('from') ?? null, fromUs, toUs, byUs: null };
}

/** `150ms,from=10.0.0.1,02:59..03:00` */
export function parseDelay(text: string, readers: readonly JournalReader[]): Interference {
  const { named, fromUs, toUs, others } = words('--delay', text, readers);
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)(us|ms|s)$/.exec(others[0] ?? '') ?? [];
  if (count === undefined || others.length > 1)
    throw new CliError(
      EXIT.usage,
      `--delay ${text}: expected 150ms or 0.2s, then from=ADDRESS, FROM..TO or both`,
    );
  const byUs = Math.round(Number(count) * ({ us: 1, ms: 1e3, s: 1e6 }[unit] ?? 1));
  return { from: named.get('from') ?? null, fromUs, toUs, byUs };
}

/** `from=10.0.0.9,priority=200,03:00..03:01`, or one moment. */
export function parseAdd(text: string, readers: readonly JournalReader[]): AddedAdvert {
  const { named, fromUs, toUs, others } = words('--add', text, readers);
  const [source, priority] = [named.get('from'), Number(named.get('priority'))];
  const atUs = others[0] === undefined ? fromUs : wallOf(pointOf(others[0], readers), readers);
  if (source === undefined || !Number.isInteger(priority) || priority < 0 || priority > 255 || atUs === null)
    throw new CliError(
      EXIT.usage,
      `--add ${text}: expected from=ADDRESS,priority=0..255 and a time, or FROM..TO`,
    );
  const instance = named.get('instance') ?? null;
  return { advert: { source, priority }, fromUs: atUs, toUs: toUs ?? atUs, instance };
}

/** `@12`, `r2@12`: by router (null: the only one) and row. */
function parseRow(text: string): { router: string | null; seq: number } {
  const [, router, seq] = /^(.+)?@(\d+)$/.exec(text) ?? [];
  if (seq === undefined) throw new CliError(EXIT.usage, `--without ${text}: expected @SEQ, or ROUTER@SEQ`);
  return { router: router ?? null, seq: Number(seq) };
}

/** Machines of another checkout of this project. @throws CliError 2 */
export async function machinesOf(directory: string): Promise<Terms['machine']> {
  const { resolve } = await import('node:path');
  const file = resolve(directory, 'src/machines/registry.ts');
  let definitions: readonly MachineDefinition[];
  try {
    ({ machineDefinitions: definitions } = (await import(file)) as {
      machineDefinitions: readonly MachineDefinition[];
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.usage, `--code ${directory}: no machines of relived: ${message}`);
  }
  const kindOf = (name: string): string => name.replace(/@.*$/, '');
  return (name) => definitions.find((definition) => kindOf(definition.name) === kindOf(name)) ?? null;
}

/** @param routers names in the order of the journals */
export async function termsOf(
  options: ChangeOptions,
  edits: readonly Edit[],
  routers: readonly string[],
  readers: readonly JournalReader[],
): Promise<Terms> {
  for (const { router, text } of edits)
    if (router !== null && !routers.includes(router))
      throw new CliError(EXIT.usage, `--set ${text}: no router ${router}; there is ${routers.join(', ')}`);
  const rows = options.without.map(parseRow);
  const files = configurationFiles(options.config, routers);
  const cache = new Map<string, JsonObject>();
  const intervals = new Map<string, number>();
  const input: Terms['input'] = (router, actor, recorded) => {
    const own = edits.filter((edit) => edit.router === null || edit.router === router);
    const base = files.get(router)?.get(actor) ?? recorded;
    const key = `${router} ${actor} ${canonical(base)}`;
    const edited = (): JsonObject => editInputs(new Map([[actor, base]]), own).get(actor) ?? base;
    const known = cache.get(key) ?? (own.length === 0 ? base : edited());
    cache.set(key, known);
    if (known.advertIntervalUs !== recorded.advertIntervalUs)
      intervals.set(`${router} ${actor}`, Number(known.advertIntervalUs));
    return known;
  };
  return {
    input,
    peerIntervalUs: (router, actor) => intervals.get(`${router} ${actor}`) ?? null,
    interferences: [
      ...options.drop.map((text) => parseDrop(text, readers)),
      ...options.delay.map((text) => parseDelay(text, readers)),
    ],
    added: options.add.map((text) => parseAdd(text, readers)),
    isLeftOut: (router, seq, { type }) =>
      options.ignoreEvent.includes(type) ||
      rows.some((row) => row.seq === seq && (row.router === null || row.router === router)),
    machine: options.code === undefined ? UNCHANGED.machine : await machinesOf(options.code),
  };
}

/** By router, what the files say; one file alone is that of the first journal. */
function configurationFiles(
  files: readonly string[],
  routers: readonly string[],
): ReadonlyMap<string, ReadonlyMap<string, JsonObject>> {
  if (files.length > routers.length)
    throw new CliError(EXIT.usage, `--config is given ${files.length} times for ${routers.length} journals`);
  const configurations = new ConfigurationFiles({ host: false, configId: [] });
  return new Map(
    files.map((file, i) => {
      const tree = configurations.usableTree(file, { index: i });
      const actors = configuredActors({ global: { routerId: null }, tree });
      const plain = actors.map(({ id, input }) => [id, JSON.parse(JSON.stringify(input))] as const);
      return [routers[i] ?? '', new Map(plain)];
    }),
  );
}

export function changesInWords(changes: ChangeOptions): string[] {
  return [
    ...changes.set.map((text) => text),
    ...changes.config.map((file) => `configuration ${file}`),
    ...changes.drop.map((text) => `lost: ${text}`),
    ...changes.delay.map((text) => `late by ${text}`),
    ...changes.add.map((text) => `added: ${text}`),
    ...changes.ignoreEvent.map((type) => `without ${type}`),
    ...changes.without.map((row) => `without ${row}`),
    ...(changes.code === undefined ? [] : [`machines of ${changes.code}`]),
  ];
}
