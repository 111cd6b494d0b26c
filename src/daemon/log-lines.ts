/** Journal rows as the log lines that keepalived's users grep for. The journal is the record; these are its shadow. */

import { noticeLoss, noticeResumption } from '../engine/notice-loss.ts';
import type { JournalRow } from '../engine/types.ts';
import type { VrrpContext } from '../machines/vrrp/vrrp.context.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { BfdLogLines } from './bfd-log-lines.ts';
import { TrackerLines } from './tracker-lines.ts';

/** `backup` of `{backup: 'listening'}` or of `'backup'`. */
export function protocolRole(state: Json): string {
  const protocol = (state as JsonObject | null)?.protocol ?? null;
  if (typeof protocol === 'string') return protocol;
  return protocol !== null && typeof protocol === 'object' ? (Object.keys(protocol)[0] ?? '') : '';
}

function priorityOf(row: JournalRow): string {
  return String(row.event.priority);
}

function eventLine(row: JournalRow, roleBefore: string, own: number): string | null {
  const { event } = row;
  switch (event.type) {
    case 'master.silent':
      return 'Receive advertisement timeout';
    case 'link.down':
      return `Netlink reports ${String(event.interface)} down`;
    case 'link.up':
      return `Netlink reports ${String(event.interface)} up`;
    case 'source.lost':
      return 'no address left to send from';
    case 'object.deleted':
      // Our own deletions are reported too; they change nothing.
      return row.effects.length > 0
        ? `${String(event.object)} ${String(event.name)} was deleted by ${deleter(event.by)}`
        : null;
    case 'self.stalled':
      return `A thread timer expired ${(Number(event.stalledUs) / 1e6).toFixed(6)} seconds ago`;
    case 'vips.addFailed':
      return `cannot add address ${String(event.address)}: ${String(event.error)}`;
    case 'vips.removeFailed':
      return `cannot delete address ${String(event.address)}: ${String(event.error)}`;
    case 'garps.failed':
      return `cannot send gratuitous ARP: ${String(event.error)}`;
    case 'adverts.sendFailed':
      return `cannot send adverts: ${String(event.error)}`;
    case 'adverts.sendRecovered':
      return 'adverts leave again';
    case 'advert.received':
      return advertLine(row, roleBefore, own);
    default:
      return null;
  }
}

/** The port of a netlink socket is the number of its process unless that has several. */
function deleter(by: Json | undefined): string {
  return by === undefined ? 'somebody else' : `somebody else (netlink port ${String(by)})`;
}

function advertLine(row: JournalRow, roleBefore: string, own: number): string | null {
  const from = String(row.event.source);
  const priority = Number(row.event.priority);
  if (priority === 0)
    return `${roleBefore === 'master' ? 'Master' : 'Backup'} received priority 0 advertisement`;
  if (roleBefore !== 'master') return null;
  const left = protocolRole(row.state) !== 'master';
  return left
    ? `Master received advert from ${from} with higher priority ${priorityOf(row)}, ours ${own}`
    : `Received advert from ${from} with lower priority ${priorityOf(row)}, ours ${own}, forcing new election`;
}

/** Turns rows into lines; remembers each actor's role to tell a change from a repetition. */
export class LogLines {
  readonly #trackers = new TrackerLines();
  readonly #roles = new Map<string, { role: string; priority: number }>();
  readonly #sessions = new BfdLogLines();

  /** Lines for one row, none for most. */
  of(row: JournalRow): readonly string[] {
    if (row.kind === 'note') return noteLines(row);
    if (row.actor.startsWith('static/')) return staticLines(row);
    if (row.actor.startsWith('tracker/')) return this.#trackers.of(row);
    if (row.actor.startsWith('bfd/')) return this.#sessions.of(row);
    const name = row.actor.replace(/^vrrp\//, '');
    if (row.kind === 'start') {
      const input = (row.delta as unknown as VrrpContext).input;
      this.#roles.set(row.actor, { role: protocolRole(row.state), priority: input.priority });
      return [];
    }
    if (row.kind === 'crash') {
      return [
        `(${name}) internal error: ${String(row.delta.error)}; addresses are removed, the others run on`,
      ];
    }
    const before = this.#roles.get(row.actor) ?? { role: '', priority: 0 };
    const role = protocolRole(row.state);
    this.#roles.set(row.actor, { ...before, role });
    const lines: string[] = [];
    const cause = eventLine(row, before.role, before.priority);
    if (cause !== null) lines.push(`(${name}) ${cause}`);
    if (row.effects.some((effect) => effect.type === 'sendAdvert' && effect.params.priority === 0)) {
      lines.push(`(${name}) sent 0 priority`);
    }
    if (role !== before.role && role !== 'initialize') lines.push(`(${name}) ${entering(role, before.role)}`);
    if (row.effects.some((effect) => effect.type === 'addVips')) lines.push(`(${name}) setting VIPs.`);
    // Also when mastership was lost before the addresses were all there: then the answer to their addition removes them.
    const mayHold = before.role === 'master' || row.event.type.startsWith('vips.add');
    if (mayHold && row.effects.some((effect) => effect.type === 'removeVips')) {
      lines.push(`(${name}) removing VIPs.`);
    }
    return lines;
  }
}

/** As keepalived tells that it restores what somebody deleted. */
function staticLines({ event, effects }: JournalRow): readonly string[] {
  if (event.type === 'object.deleted' && effects.length > 0) {
    return [
      `Restoring static ${String(event.object)} ${String(event.name)}, deleted by ${deleter(event.by)}`,
    ];
  }
  const failed = { 'vips.addFailed': 'set', 'vips.removeFailed': 'remove' }[event.type];
  return failed === undefined
    ? []
    : [`cannot ${failed} static ${String(event.address)}: ${String(event.error)}`];
}

function entering(role: string, before: string): string {
  const init = before === 'initialize' && role === 'backup' ? ' (init)' : '';
  return `Entering ${role.toUpperCase()} STATE${init}`;
}

function noteLines(row: JournalRow): readonly string[] {
  const { event } = row;
  if (event.type === 'signal.received') return [`received ${String(event.signal)}`];
  if (event.type === 'kernel.troubled') return [`kernel notifications: ${String(event.error)}`];
  if (event.type === 'notice.lost') return [noticeLoss(event)];
  if (event.type === 'notice.resumed') return [noticeResumption(event)];
  if (event.type === 'inbox.overflowed') return [`inbox overflowed: ${String(event.dropped)} events dropped`];
  return [];
}
