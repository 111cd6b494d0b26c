/** Checks of global_defs. */
import type { BlockNode } from './node.ts';
import type { Problems } from './problems.ts';
import type { GLOBAL_DEFS } from './registry/global-defs.ts';

export type GlobalsNode = BlockNode<typeof GLOBAL_DEFS.keywords>;

/** Corrects what keepalived corrects. */
export function checkGlobals(globals: GlobalsNode, problems: Problems): void {
  if (globals.get('vrrp_strict')) reportPartlyStrict(globals, 'vrrp_strict', problems);
  correctRepeat(globals, 'vrrp_garp_master_repeat', problems);
}

/** keepalived's strict mode also drops packets to the addresses of an instance that does not own them. */
export function reportPartlyStrict<K extends string>(
  node: { given(name: K): readonly { readonly keyword: import('./problems.ts').Word }[] },
  keyword: K,
  problems: Problems,
): void {
  const statement = node.given(keyword).at(-1);
  if (statement === undefined) return;
  problems.add({
    severity: 'warning',
    code: 'strict-partly',
    place: statement.keyword,
    message: 'strict mode sets no firewall rules yet: the host accepts packets to the addresses',
    unsupported: true,
  });
}

/** A burst has at least one packet. */
export function correctRepeat<K extends string>(
  node: {
    isSet(name: K): boolean;
    value(name: string): unknown;
    correct(name: K, value: never): void;
    place(name: K): import('./problems.ts').Place;
  },
  keyword: K,
  problems: Problems,
): void {
  if (!node.isSet(keyword) || node.value(keyword) !== 0) return;
  node.correct(keyword, 1 as never);
  problems.add({
    severity: 'warning',
    code: 'value-corrected',
    place: node.place(keyword),
    message: `'${keyword}' must be at least 1: 1 is in force`,
  });
}
