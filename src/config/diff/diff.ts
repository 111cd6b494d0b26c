/** What a reload from one configuration to another would do, actor by actor. */
import type { ConfigTree } from '../model.ts';
import {
  blockKeywordsOf,
  blocksOf,
  canonical,
  defaultOf,
  nameText,
  type PlainBlock,
  plainTree,
  ROOT_TABLE,
  tableOf,
  type Within,
} from '../plain.ts';
import { type BlockKeyword, isSetting, type Setting } from '../registry/spec.ts';
import { actorKind, type Change, instanceIdentity, REFUSED_AT_RELOAD } from './actors.ts';
import { type BlockChange, compareBlocks, isSame, numbered, type SettingChange } from './compare.ts';

export interface ActorDiff extends BlockChange {
  /** Its keyword, with those around it: `virtual_server/real_server`. */
  readonly kind: string;
  /** As in the new configuration, else as in the old one; with the names around it. */
  readonly name: string;
  readonly change: Change;
  /** One sentence; '' where nothing happens. */
  readonly meaning: string;
}

export interface ConfigDiff {
  /** Settings whose change makes keepalived refuse the reload. */
  readonly refused: readonly SettingChange[];
  readonly actors: readonly ActorDiff[];
}

const NOTHING: BlockChange = { settings: [], added: [], removed: [] };

export function diffConfigs(from: ConfigTree, to: ConfigTree): ConfigDiff {
  const [before, after] = [from, to].map(
    (tree): Within => ({ values: plainTree(tree), parent: null, path: '' }),
  );
  if (before === undefined || after === undefined) return { refused: [], actors: [] };
  const actors: ActorDiff[] = [globalDiff(before.values, after.values)];
  for (const [keyword, opener] of blockKeywordsOf(ROOT_TABLE)) {
    if (keyword !== 'global_defs' && 'keywords' in opener.block) {
      diffActors(keyword, opener, before, after, { kind: '', name: '' }, actors);
    }
  }
  return { refused: refusedOf(actors[0]), actors };
}

/** What of `diffConfigs` decides whether a reload is carried out at all. */
export function refusedAtReload(from: ConfigTree, to: ConfigTree): readonly SettingChange[] {
  return refusedOf(globalDiff(plainTree(from), plainTree(to)));
}

function refusedOf(globals: BlockChange | undefined): readonly SettingChange[] {
  return (globals?.settings ?? []).filter(({ keyword }) => REFUSED_AT_RELOAD.includes(keyword));
}

export function isSameConfig({ actors }: ConfigDiff): boolean {
  return actors.every(({ change }) => change === 'kept');
}

/** Settings of the whole program, and the lists of static addresses, routes and rules. */
function globalDiff(before: PlainBlock, after: PlainBlock): ActorDiff {
  const isActor = (keyword: string): boolean => {
    const spec = ROOT_TABLE[keyword];
    return spec !== undefined && 'block' in spec && 'keywords' in spec.block;
  };
  const root = compareBlocks(ROOT_TABLE, before, after, isActor);
  const spec = ROOT_TABLE.global_defs as BlockKeyword;
  const [one, other] = [before, after].map((values) => blocksOf(values, 'global_defs')[0] ?? {});
  const globals = compareBlocks(tableOf(spec.block), one ?? {}, other ?? {});
  const change: BlockChange = {
    settings: [...root.settings, ...globals.settings],
    added: [...root.added, ...globals.added],
    removed: [...root.removed, ...globals.removed],
  };
  const refused = refusedOf(change);
  const meaning =
    refused.length > 0
      ? `the reload is refused, everything stays as it is: ${refused.map(({ keyword }) => keyword).join(', ')} can only change at a restart`
      : 'the new settings hold from the reload on; lists are changed line by line';
  const same = isSame(change);
  return {
    kind: 'global_defs',
    name: '',
    change: same ? 'kept' : 'changed',
    meaning: same ? '' : meaning,
    ...change,
  };
}

interface Around {
  readonly kind: string;
  readonly name: string;
}

function diffActors(
  keyword: string,
  opener: BlockKeyword,
  before: Within,
  after: Within,
  around: Around,
  found: ActorDiff[],
): void {
  const kind = actorKind(keyword);
  const { path } = opener.block;
  const keyed = (within: Within): Map<string, Within> =>
    numbered(
      blocksOf(within.values, keyword),
      (values) => kind.key(opener, values),
      (values) => ({ values, parent: within, path }),
    );
  const [old, now] = [keyed(before), keyed(after)];
  const gone = [...old].filter(([key]) => !now.has(key)).map(([, { values }]) => values);
  const goneByName = new Map(gone.map((values) => [nameText(opener, values), values]));
  const at = (values: PlainBlock): Around => ({
    kind: around.kind === '' ? keyword : `${around.kind}/${keyword}`,
    name: `${around.name} ${nameText(opener, values)}`.trim(),
  });
  for (const [key, actor] of now) {
    const { values } = actor;
    const earlier = old.get(key);
    if (earlier === undefined) {
      const meaning = kind.added + becauseOf(keyword, nameText(opener, values), values, goneByName);
      found.push({ ...at(values), change: 'added', meaning, ...NOTHING });
      continue;
    }
    const change = compareActor(keyword, opener, earlier, actor, kind.inner);
    const same = isSame(change);
    const meaning = same ? '' : kind.changed(change);
    found.push({ ...at(values), change: same ? 'kept' : 'changed', meaning, ...change });
    for (const [inner, innerOpener] of blockKeywordsOf(tableOf(opener.block))) {
      if (kind.inner.includes(inner)) diffActors(inner, innerOpener, earlier, actor, at(values), found);
    }
  }
  for (const values of gone) {
    found.push({ ...at(values), change: 'removed', meaning: kind.removed, ...NOTHING });
  }
}

/** What an actor within another one inherits before and after is told there. */
function compareActor(
  keyword: string,
  opener: BlockKeyword,
  before: Within,
  after: Within,
  inner: readonly string[],
): BlockChange {
  const table = tableOf(opener.block);
  const isInner = before.parent?.parent !== null;
  const inherits = (setting: Setting, name: string, within: Within): boolean =>
    canonical(within.values[name] ?? null) === canonical(defaultOf(setting, within) ?? null);
  const skip = (name: string): boolean => {
    const spec = table[name];
    if (spec === undefined || !isSetting(spec)) return inner.includes(name);
    return isInner && inherits(spec, name, before) && inherits(spec, name, after);
  };
  const change = compareBlocks(table, before.values, after.values, skip);
  const [from, to] = [nameText(opener, before.values), nameText(opener, after.values)];
  return from === to ? change : { ...change, settings: [{ keyword, from, to }, ...change.settings] };
}

/** Why a block of a name that was there before is not the same one. */
function becauseOf(
  keyword: string,
  name: string,
  values: PlainBlock,
  gone: ReadonlyMap<string, PlainBlock>,
): string {
  const earlier = gone.get(name);
  if (name === '' || earlier === undefined) return '';
  if (keyword !== 'vrrp_instance') return ` (not the earlier one of this name: its command or user differs)`;
  const [was, is] = [instanceIdentity(earlier), instanceIdentity(values)];
  const parts = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (part) => was[part] !== is[part],
  );
  return ` (not the earlier one of this name: its ${parts.join(', ')} differs)`;
}
