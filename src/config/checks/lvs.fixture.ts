/** Configurations of virtual servers: for tests. */
import { codes, read } from '../config.fixture.ts';
import type { ConfigTree } from '../model.ts';

/** What the block keywords of virtual servers say of themselves. */
const STANDING = 'unsupported-keyword';

/** A virtual server of which nothing is to complain, with these lines in front of its first real server. */
export function virtualServer(
  lines = '',
  name = '192.0.2.1 80',
  reals = 'real_server 192.0.2.2 80 {\n}',
): string {
  const protocol = name.startsWith('fwmark') ? '' : 'protocol TCP';
  return `virtual_server ${name} {\nlvs_sched rr\nlvs_method NAT\n${protocol}\n${lines}\n${reals}\n}\n`;
}

export function realServer(lines: string): string {
  return virtualServer('', '192.0.2.1 80', `real_server 192.0.2.2 80 {\n${lines}\n}`);
}

export interface Found {
  readonly codes: readonly string[];
  readonly tree: ConfigTree;
}

/** Severity and code of each complaint but that virtual servers are not supported, and the tree. */
export function find(text: string): Found {
  const result = read(text);
  if (result.config === null) throw new Error(`unusable: ${JSON.stringify(result.diagnostics, null, 1)}`);
  return { codes: codes(result).filter((code) => !code.endsWith(STANDING)), tree: result.config.tree };
}

/** The first virtual server that is left. */
export function first(tree: ConfigTree): ConfigTree['virtual_server'][number] {
  const [server] = tree.virtual_server;
  if (server === undefined) throw new Error('no virtual server is left');
  return server;
}
