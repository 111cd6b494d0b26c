/** What the checks after parsing look at, and how they report. */
import type { Environment } from '../environment.ts';
import type { BlockNode, ListLine, ListNode, NodeOf } from '../node.ts';
import type { Place, Problems } from '../problems.ts';
import type { ROOT } from '../registry/blocks.ts';
import type { VRRP_INSTANCE } from '../registry/vrrp/instance.ts';

export type RootNode = BlockNode<typeof ROOT.keywords, null>;
export type InstanceNode = BlockNode<typeof VRRP_INSTANCE.keywords, string>;
export type SyncGroupNode = NodeOf<(typeof ROOT.keywords)['vrrp_sync_group']>;

export interface CheckContext {
  readonly root: RootNode;
  readonly problems: Problems;
  readonly environment: Environment;
}

export function note(problems: Problems, code: string, place: Place, message: string): void {
  problems.add({ severity: 'note', code, place, message });
}

/** keepalived complains, corrects and goes on. */
export function warn(problems: Problems, code: string, place: Place, message: string): void {
  problems.add({ severity: 'warning', code, place, message });
}

/** keepalived does not start. */
export function refuse(problems: Problems, code: string, place: Place, message: string): void {
  problems.add({ severity: 'error', code, place, message });
}

/** Keeps the lines of all these lists that `keep` says yes to, in order. */
export function retain<E>(lists: readonly ListNode<E>[], keep: (line: ListLine<E>) => boolean): void {
  for (const list of lists) list.lines = list.lines.filter(keep);
}

/** `file:line`, for a message that points at another place. */
export function where({ line }: Place): string {
  return `${line.file}:${line.number}`;
}
