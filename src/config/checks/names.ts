/** Names that may stand for one thing only. */
import type { BlockNode } from '../node.ts';
import type { Place } from '../problems.ts';
import { type CheckContext, type InstanceNode, note, warn, where } from './context.ts';

const LONGEST_BFD_NAME = 31;

type Named = Pick<BlockNode, 'name' | 'nameWords' | 'origin' | 'kept'> & { kept: boolean };

/** The second block of a name is left out. For scripts, files and processes keepalived does so without a word. */
export function checkNames({ root, problems }: CheckContext): void {
  const drop = (what: string, nodes: readonly Named[], report: typeof warn, code: string): void => {
    const seen = new Map<unknown, Place>();
    for (const node of nodes) {
      const first = seen.get(node.name);
      if (first === undefined) {
        seen.set(node.name, node.origin);
        continue;
      }
      node.kept = false;
      const message = `the ${what} '${short(node.name)}' is defined already (${where(first)}): this block is ignored`;
      report(problems, code, node.origin, message);
    }
  };
  drop('instance', root.blocks('vrrp_instance'), warn, 'duplicate-instance');
  drop('sync group', root.blocks('vrrp_sync_group'), warn, 'duplicate-name');
  drop('track group', root.blocks('track_group'), warn, 'duplicate-name');
  drop('BFD session', root.blocks('bfd_instance'), warn, 'duplicate-name');
  drop('script', root.blocks('vrrp_script'), note, 'duplicate-name');
  drop('process', root.blocks('vrrp_track_process'), note, 'duplicate-name');
  drop('file', root.blocks('track_file'), note, 'duplicate-name');
  for (const node of root.blocks('bfd_instance')) {
    if (node.name.length <= LONGEST_BFD_NAME) continue;
    node.kept = false;
    const message = `the name of a BFD session has up to ${LONGEST_BFD_NAME} characters: this block is ignored`;
    warn(problems, 'name-too-long', node.origin, message);
  }
}

/** What a message may show of a name. */
export function short(name: unknown): string {
  const text = String(name);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

const ONCE = [
  'notify_backup',
  'notify_master',
  'notify_fault',
  'notify_stop',
  'notify',
  'notify_deleted',
  'notify_master_rx_lower_pri',
] as const;

/** The first line of such a keyword counts. */
export function checkRepeated({ root, problems }: CheckContext): void {
  const report = (node: Pick<BlockNode, 'given'>, keyword: string): void => {
    const [, second] = node.given(keyword as never).filter(({ value }) => value !== null);
    if (second === undefined) return;
    warn(
      problems,
      'duplicate-keyword',
      second.keyword,
      `'${keyword}' stands here already: the first one counts`,
    );
  };
  for (const node of root.blocks('vrrp_instance')) {
    for (const keyword of ONCE) report(node as never, keyword);
    reportDeprecated(node, problems);
  }
  for (const node of root.blocks('vrrp_sync_group')) {
    for (const keyword of ONCE.slice(0, 5)) report(node as never, keyword);
  }
  for (const node of root.blocks('track_file')) report(node as never, 'file');
  for (const node of root.blocks('vrrp_track_process')) {
    report(node as never, 'process');
    report(node as never, 'weight');
  }
  for (const keyword of ['net_namespace', 'net_namespace_ipvs', 'instance']) report(root as never, keyword);
}

/** Words that keepalived gave up without another of the same block. */
function reportDeprecated(node: InstanceNode, problems: CheckContext['problems']): void {
  const instead = {
    linkbeat_use_polling: 'linkbeat_interfaces of the top level',
    lvs_sync_daemon_interface: 'lvs_sync_daemon of global_defs',
  } as const;
  for (const [keyword, better] of Object.entries(instead)) {
    const given = node.given(keyword as keyof typeof instead).at(-1);
    if (given === undefined) continue;
    warn(problems, 'deprecated-keyword', given.keyword, `'${keyword}' is deprecated: use ${better}`);
  }
}
