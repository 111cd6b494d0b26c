/** `--set` and `--config`: another configuration for recorded actors, read by the reader of keepalived.conf. */
import { configuredActors } from '../../config/actors.ts';
import type { Diagnostic } from '../../config/diagnostics.ts';
import { isSameData } from '../../config/plain.ts';
import { readConfig } from '../../config/read.ts';
import { BLOCKS, keywordsOf } from '../../config/registry/blocks.ts';
import { isSetting } from '../../config/registry/spec.ts';
import type { SyncGroupInput } from '../../machines/sync-group/sync-group.input.ts';
import type { TrackerInput } from '../../machines/tracker/tracker.input.ts';
import type { VrrpInput } from '../../machines/vrrp/vrrp.input.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { CliError, EXIT } from '../cli.ts';
import { textOf, type WrittenBlock, writtenGroup, writtenInstance, writtenScript } from './written.ts';

/** `r1:VI_1.priority=90`: without a router all, without a name every block that has the keyword. */
export interface Edit {
  readonly text: string;
  readonly router: string | null;
  readonly name: string | null;
  readonly keyword: string;
  readonly value: string;
}

/** Blocks whose keywords reach an actor that decides about mastership. */
const EDITABLE = ['vrrp_instance', 'vrrp_script', 'global_defs'] as const;

/** @throws CliError 2 */
export function parseEdit(text: string): Edit {
  const match = /^(?:([^:=\s]+):)?(?:([^=\s]+)\.)?([a-z][a-z_0-9]*)=(.*)$/.exec(text);
  if (match === null)
    throw new CliError(EXIT.usage, `--set ${text}: expected [ROUTER:][NAME.]KEYWORD=VALUE, VI_1.priority=90`);
  const [, router = null, name = null, keyword = '', value = ''] = match;
  const blocks = EDITABLE.filter((path) => Object.hasOwn(keywordsOfPath(path), keyword));
  if (blocks.length === 0)
    throw new CliError(
      EXIT.usage,
      `--set ${text}: no keyword ${keyword} of ${EDITABLE.join(', ')} is of that name`,
    );
  return { text, router, name, keyword, value };
}

function keywordsOfPath(path: string): Readonly<Record<string, unknown>> {
  const block = BLOCKS.get(path);
  return block === undefined ? {} : keywordsOf(block);
}

/** Inputs by actor, as they are recorded or as they become. */
export type Inputs = ReadonlyMap<string, JsonObject>;

/**
 * What edits make of recorded inputs: only what they change differs.
 * @throws CliError 2 with the words of the configuration reader
 */
export function editInputs(recorded: Inputs, edits: readonly Edit[]): Inputs {
  if (edits.length === 0) return recorded;
  const blocks = writtenBlocks(recorded);
  const edited = edits.reduce(editBlocks, blocks);
  const before = readBlocks(blocks, []);
  const after = readBlocks(edited, edits);
  const changed = new Map<string, JsonObject>();
  for (const [actor, input] of recorded) {
    const [was, becomes] = [before.get(actor), after.get(actor)];
    changed.set(actor, was === undefined || becomes === undefined ? input : overlay(input, was, becomes));
  }
  return changed;
}

/** True if an edit is about the block at all. */
export function concerns({ name, keyword }: Edit, block: WrittenBlock): boolean {
  const hasKeyword = Object.hasOwn(keywordsOfPath(block.kind), keyword);
  return hasKeyword && (name === null || name === block.name || name === block.kind);
}

export function writtenBlocks(recorded: Inputs): WrittenBlock[] {
  const scripts = [...recorded].flatMap(([actor, input]) => {
    const tracker = input as unknown as TrackerInput;
    return actor.startsWith('tracker/script/') && tracker.source.kind === 'script'
      ? [{ actor, input: tracker, block: writtenScript(tracker, tracker.source) }]
      : [];
  });
  const names = new Set(scripts.map(({ actor }) => actor));
  const instances = new Set([...recorded.keys()]);
  // A tracker is one only if somebody follows it.
  const stand = scripts.flatMap(({ actor, input }) =>
    input.followers.flatMap((follower, i) =>
      follower.actor.startsWith('vrrp/') && !instances.has(follower.actor)
        ? [standIn(follower.actor.slice('vrrp/'.length), actor.slice('tracker/script/'.length), i + 1)]
        : [],
    ),
  );
  const of = (kind: string) => [...recorded].filter(([actor]) => actor.startsWith(`${kind}/`));
  return [
    { kind: 'global_defs', name: '', settings: [], inner: [] },
    ...scripts.map(({ block }) => block),
    ...of('group').map(([, input]) => writtenGroup(input as unknown as SyncGroupInput)),
    ...stand,
    ...of('vrrp').map(([, input]) => writtenInstance(input as unknown as VrrpInput, names)),
  ];
}

/** An instance of which nothing matters but that it follows a script. */
function standIn(name: string, script: string, id: number): WrittenBlock {
  return {
    ...{
      kind: 'vrrp_instance',
      name,
      settings: [
        ['interface', 'eth0'],
        ['virtual_router_id', String(id)],
      ],
    },
    inner: ['virtual_ipaddress {', `192.0.2.${id}/24`, '}', 'track_script {', script, '}'],
  };
}

function editBlocks(blocks: WrittenBlock[], edit: Edit): WrittenBlock[] {
  return blocks.map((block) => {
    if (!concerns(edit, block)) return block;
    const { keyword } = edit;
    const others = block.settings.filter(([known]) => known !== keyword);
    return { ...block, settings: [...others, [keyword, argumentsOf(block.kind, edit)]] };
  });
}

/** A flag is there or not; of everything else the value is what stands behind the keyword. */
function argumentsOf(kind: string, { keyword, value }: Edit): string | null {
  const spec = keywordsOfPath(kind)[keyword] as Parameters<typeof isSetting>[0] | undefined;
  const isFlag = spec !== undefined && isSetting(spec) && spec.kind.arguments === '';
  if (!isFlag) return value;
  return ['', 'true', 'yes', 'on'].includes(value) ? '' : null;
}

const FILE = '--set';

function readBlocks(blocks: readonly WrittenBlock[], edits: readonly Edit[]): Inputs {
  const { text, lines } = textOf(blocks);
  const files = {
    read: (path: string) => (path === FILE ? { text } : { error: 'no such file', missing: true }),
    glob: (pattern: string) => [pattern],
  };
  const { config, diagnostics } = readConfig(FILE, files);
  const told = edits.flatMap((edit) => {
    const own = blocks.filter((block) => concerns(edit, block));
    const at = new Set(own.map(({ kind, name }) => lines.get(`${kind} ${name} ${edit.keyword}`)));
    return diagnostics
      .filter(({ line, severity }) => at.has(line) && severity !== 'note')
      .map((diagnostic) => `--set ${edit.text}: ${inWords(diagnostic)}`);
  });
  if (told.length > 0) throw new CliError(EXIT.usage, told.join('\n'));
  if (config === null) {
    const first = diagnostics.find(({ severity }) => severity === 'error');
    const what = edits.map((edit) => `--set ${edit.text}`).join(' ');
    throw new CliError(EXIT.usage, `${what}: ${first === undefined ? 'not usable' : inWords(first)}`);
  }
  return new Map(configuredActors(config).map(({ id, input }) => [id, plain(input)]));
}

function inWords({ message, suggestion }: Diagnostic): string {
  return suggestion === null ? message : `${message} (${suggestion})`;
}

const plain = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

/** `input` with what differs between two others, key by key. */
function overlay<T extends Json | undefined>(input: T, before: Json | undefined, after: Json | undefined): T {
  if (isSameData(before, after)) return input;
  if (!isObject(input) || !isObject(before) || !isObject(after)) {
    return (Array.isArray(input) && Array.isArray(after) ? overlayList(input, after) : after) as T;
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changes = [...keys].flatMap((key): (readonly [string, Json])[] => {
    if (isSameData(before[key], after[key])) return [];
    const value = overlay(input[key], before[key], after[key]);
    return value === undefined ? [] : [[key, value]];
  });
  return { ...(input as JsonObject), ...Object.fromEntries(changes) } as T;
}

/** Followers are known by their actor: those that are not written stay as they are. */
function overlayList(input: readonly Json[], after: readonly Json[]): readonly Json[] {
  const actorOf = (entry: Json | undefined): unknown => (isObject(entry) ? entry.actor : undefined);
  if (actorOf(after[0]) === undefined) return after;
  return input.map((entry) => after.find((other) => actorOf(other) === actorOf(entry)) ?? entry);
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
