/** How the tables of the registry are written. */
import type { DiagnosticSeverity } from '../diagnostics.ts';
import type {
  Alias,
  AnyBlock,
  BlockKeyword,
  Default,
  DefaultScope,
  Kind,
  Setting,
  Standing,
} from './spec.ts';

/** Does what keepalived does. */
export const ACTS: Standing = { status: 'acts', why: '', severity: null };
/** Acts, and keepalived does not know it. */
export const EXTENSION: Standing = { status: 'extension', why: '', severity: null };
/** As the keyword that opens the block. */
export const AS_BLOCK: Standing = { status: 'block', why: '', severity: null };

/** Understood, without effect; `why` says why that is harmless. */
export function accepted(why: string, severity: 'note' | null = 'note'): Standing {
  return { status: 'accepted', why, severity };
}

/** Not supported yet. 'error': ignoring it could change who holds an address, so relived does not start. */
export function refused(severity: Exclude<DiagnosticSeverity, 'note'>, why: string): Standing {
  return { status: 'refused', why, severity };
}

/** One value, always the same. */
export function fixed<V>(value: V, text?: string): Default<V> {
  return { text: text ?? String(value), value: () => value, constant: true };
}

/** No value. */
export function unset(text = 'none'): Default<null> {
  return { text, value: () => null, constant: true };
}

/** Worked out from other values. */
export function derived<V>(text: string, value: (scope: DefaultScope) => V): Default<V> {
  return { text, value };
}

/** The value of the same or another keyword in the surrounding block, else `otherwise`. */
export function fromParent<V>(keyword: string, otherwise: V): Default<V> {
  return derived(`${keyword} of the surrounding block`, (scope) => (scope.parent(keyword) ?? otherwise) as V);
}

/** The value of a keyword in global_defs. */
export function fromGlobal<V>(keyword: string): Default<V> {
  return derived(keyword, (scope) => scope.global(keyword) as V);
}

interface SettingRow<T, V> {
  readonly kind: Kind<T>;
  readonly default: Default<V>;
  readonly meaning: string;
  /** Default: as the block. */
  readonly standing?: Standing;
  readonly harmless?: (value: T) => boolean;
  /** Values that keepalived does not know. */
  readonly isExtension?: (value: T) => boolean;
}

const never = (): boolean => false;

/** A keyword with a value. */
export function setting<T, V extends T | null>(row: SettingRow<T, V>): Setting<T | V> {
  const { kind, standing = AS_BLOCK, harmless = never, isExtension = never } = row;
  return {
    ...standing,
    kind: kind as Kind<unknown>,
    default: row.default,
    meaning: row.meaning,
    harmless: harmless as (value: unknown) => boolean,
    isExtension: isExtension as (value: unknown) => boolean,
  };
}

/** Another word for a keyword of the same block. */
export function alias(keyword: string): Alias {
  return { ...AS_BLOCK, alias: keyword, meaning: `as ${keyword}`, deprecated: false };
}

/** A word that keepalived gave up for another; 'note': without a complaint. */
export function deprecated(keyword: string, severity: 'note' | 'warning' = 'warning'): Alias {
  const meaning = `as ${keyword}, which replaces it`;
  return { ...AS_BLOCK, severity, alias: keyword, meaning, deprecated: true };
}

interface BlockRow<B extends AnyBlock, N> {
  readonly block: B;
  readonly name?: Kind<N>;
  readonly meaning: string;
  readonly standing?: Standing;
  /** Names that keepalived does not take. */
  readonly isExtension?: (name: N) => boolean;
}

/** A keyword that opens a block. */
export function block<B extends AnyBlock, N = null>(row: BlockRow<B, N>): BlockKeyword<B, N> {
  const { standing = AS_BLOCK, isExtension = never } = row;
  return {
    ...standing,
    block: row.block,
    name: row.name ?? null,
    meaning: row.meaning,
    isExtension: isExtension as (name: unknown) => boolean,
  };
}
