/** The recorded configuration of actors, written as keepalived.conf again: what an edit of it is read with. */

import type { SyncGroupInput } from '../../machines/sync-group/sync-group.input.ts';
import type { ScriptSource, TrackerInput } from '../../machines/tracker/tracker.input.ts';
import type { VrrpInput } from '../../machines/vrrp/vrrp.input.ts';

/** Keyword and arguments; null: it is not written. */
export type Setting = readonly [keyword: string, args: string | null];

export interface WrittenBlock {
  /** `vrrp_instance`. */
  readonly kind: string;
  /** '' of global_defs. */
  readonly name: string;
  readonly settings: readonly Setting[];
  /** Blocks in it, line by line. */
  readonly inner: readonly string[];
}

export const seconds = (us: number): string => String(us / 1e6);
const flag = (keyword: string, on: boolean): Setting => [keyword, on ? '' : null];
const word = (keyword: string, on: boolean): Setting => [keyword, on ? 'on' : 'off'];

/** `trackers`: those that are written, too. */
export function writtenInstance(input: VrrpInput, trackers: ReadonlySet<string>): WrittenBlock {
  const scripts = input.trackers.flatMap(({ tracker }) =>
    trackers.has(tracker) && tracker.startsWith('tracker/script/')
      ? [tracker.slice('tracker/script/'.length)]
      : [],
  );
  const addresses = input.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`);
  return {
    kind: 'vrrp_instance',
    name: input.name,
    settings: [
      ['state', input.startAsMaster ? 'MASTER' : 'BACKUP'],
      ['version', String(input.version)],
      ['interface', input.interface === '' ? null : input.interface],
      ['virtual_router_id', String(input.virtualRouterId)],
      ['priority', String(input.priority)],
      ['advert_int', seconds(input.advertIntervalUs)],
      ...electionSettings(input),
      ['garp_master_delay', seconds(input.garpMasterDelayUs)],
      ['garp_master_repeat', String(input.garpMasterRepeat)],
      ['unicast_src_ip', input.unicastPeers.length > 0 ? input.sourceAddress : null],
    ],
    inner: [
      ...list('unicast_peer', input.unicastPeers),
      ...list('virtual_ipaddress', addresses),
      ...list('track_script', scripts),
    ],
  };
}

function electionSettings(input: VrrpInput): Setting[] {
  return [
    flag('nopreempt', input.nopreempt),
    ['preempt_delay', input.preemptDelayUs === 0 ? null : seconds(input.preemptDelayUs)],
    ['down_timer_adverts', String(input.downTimerAdverts)],
    word('lower_prio_no_advert', input.lowerPriorityNoAdvert),
    word('higher_prio_send_advert', input.higherPrioritySendAdvert),
  ];
}

export function writtenScript(input: TrackerInput, source: ScriptSource): WrittenBlock {
  const [first] = input.followers;
  const weight =
    first === undefined || first.weight === 0 ? null : `${first.weight}${first.reverse ? ' reverse' : ''}`;
  return {
    kind: 'vrrp_script',
    name: input.name,
    settings: [
      ['script', `"${source.command.join(' ').replaceAll('"', '')}"`],
      ['interval', seconds(source.intervalUs)],
      ['timeout', source.timeoutUs === source.intervalUs ? null : seconds(source.timeoutUs)],
      ['rise', String(input.rise)],
      ['fall', String(input.fall)],
      ['weight', weight],
      flag('init_fail', input.startsFailed),
    ],
    inner: [],
  };
}

export function writtenGroup({ name, members }: SyncGroupInput): WrittenBlock {
  const names = members.map((actor) => actor.replace(/^vrrp\//, ''));
  return { kind: 'vrrp_sync_group', name, settings: [], inner: list('group', names) };
}

function list(keyword: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`${keyword} {`, ...entries, '}'];
}

/** The text, and on which of its lines (from 1) each setting of each block stands. */
export function textOf(blocks: readonly WrittenBlock[]): {
  text: string;
  lines: ReadonlyMap<string, number>;
} {
  const text: string[] = [];
  const lines = new Map<string, number>();
  for (const { kind, name, settings, inner } of blocks) {
    text.push(`${kind} ${name} {`);
    for (const [keyword, args] of settings) {
      if (args === null) continue;
      text.push(`${keyword} ${args}`);
      lines.set(`${kind} ${name} ${keyword}`, text.length);
    }
    text.push(...inner, '}');
  }
  return { text: `${text.join('\n')}\n`, lines };
}
