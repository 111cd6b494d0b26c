/** The one table of blocks and their keywords. */
import { ADDRESS_OPTIONS_INERT, PEER_OPTIONS_INERT } from './entry-options-inert.ts';
import { GLOBAL_DEFS_ACTING } from './global-defs.ts';
import { GLOBAL_DEFS_INERT } from './global-defs-inert.ts';
import { ROOT_INERT } from './root-inert.ts';
import { acts, type BlockSpec, type KeywordSpec, keywordMap } from './spec.ts';
import { ADDRESS_OPTIONS_ACTING, AUTHENTICATION_KEYWORDS, VRRP_INSTANCE_ACTING } from './vrrp-instance.ts';
import { VRRP_INSTANCE_INERT } from './vrrp-instance-inert.ts';

const ROOT_ACTING: readonly KeywordSpec[] = [
  acts({
    keyword: 'global_defs',
    value: { type: 'block', opens: 'global_defs', named: false },
    meaning: 'settings of the whole program and defaults of every instance, wherever in the file it stands',
  }),
  acts({
    keyword: 'vrrp_instance',
    value: { type: 'block', opens: 'vrrp_instance', named: true },
    meaning: 'one virtual router',
  }),
];

export const ROOT: BlockSpec = { path: '', keywords: keywordMap(ROOT_ACTING, ROOT_INERT), entry: null };

export const GLOBAL_DEFS: BlockSpec = {
  path: 'global_defs',
  keywords: keywordMap(GLOBAL_DEFS_ACTING, GLOBAL_DEFS_INERT),
  entry: null,
};

export const VRRP_INSTANCE: BlockSpec = {
  path: 'vrrp_instance',
  keywords: keywordMap(VRRP_INSTANCE_ACTING, VRRP_INSTANCE_INERT),
  entry: null,
};

const VIRTUAL_IPADDRESS: BlockSpec = {
  path: 'vrrp_instance/virtual_ipaddress',
  keywords: keywordMap(ADDRESS_OPTIONS_ACTING, ADDRESS_OPTIONS_INERT),
  entry: { value: { type: 'word' }, what: 'an address, as in 192.0.2.1/24' },
};

const UNICAST_PEER: BlockSpec = {
  path: 'vrrp_instance/unicast_peer',
  keywords: keywordMap(PEER_OPTIONS_INERT),
  entry: { value: { type: 'address' }, what: 'an address, as in 192.0.2.1' },
};

const AUTHENTICATION: BlockSpec = {
  path: 'vrrp_instance/authentication',
  keywords: keywordMap(AUTHENTICATION_KEYWORDS),
  entry: null,
};

/** By path. */
export const BLOCKS: ReadonlyMap<string, BlockSpec> = new Map(
  [ROOT, GLOBAL_DEFS, VRRP_INSTANCE, VIRTUAL_IPADDRESS, UNICAST_PEER, AUTHENTICATION].map((block) => [
    block.path,
    block,
  ]),
);

/** Blocks (by their path) whose keyword this is. */
export function blocksWithKeyword(keyword: string): string[] {
  return [...BLOCKS.values()].filter((block) => block.keywords.has(keyword)).map((block) => block.path);
}
