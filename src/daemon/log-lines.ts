/** Journal rows as the log lines that keepalived's users grep for. The journal is the record; these are its shadow. */

import { noticeLoss, noticeResumption } from '../engine/notice-loss.ts';
import type { JournalRow } from '../engine/types.ts';
import type { Json } from '../protocol/json.ts';
import { BfdLogLines } from './bfd-log-lines.ts';
import { CheckerLines } from './checker-lines.ts';
import { type Line, plain } from './line.ts';
import { TrackerLines } from './tracker-lines.ts';
import { ipvsLines } from './virtual-server-lines.ts';
import { deleter, VrrpLogLines } from './vrrp-log-lines.ts';
import { watchdogLines } from './watchdog/lines.ts';

/** Turns rows into lines; remembers what each actor was, to tell a change from a repetition. */
export class LogLines {
  readonly #detailed: boolean;
  readonly #instances = new VrrpLogLines();
  readonly #trackers = new TrackerLines();
  readonly #sessions = new BfdLogLines();
  readonly #servers = new CheckerLines();
  readonly #groups = new Map<string, Json>();
  readonly #links = new Map<string, string>();

  /** @param detailed with the lines that keepalived has only with -D */
  constructor(detailed: boolean) {
    this.#detailed = detailed;
  }

  /** Lines for one row, none for most. */
  of(row: JournalRow): readonly string[] {
    return this.#linesOf(row).flatMap(({ text, detail }) => (detail && !this.#detailed ? [] : [text]));
  }

  #linesOf(row: JournalRow): readonly Line[] {
    if (row.kind === 'note') return noteLines(row);
    const [kind] = row.actor.split('/');
    switch (kind) {
      case 'vrrp':
        return [...this.#linkLines(row), ...this.#instances.of(row)];
      case 'bfd':
        return this.#sessions.of(row).map(plain);
      case 'tracker':
        return [...this.#trackers.of(row)].filter((text) => this.#isNews(text)).map(plain);
      case 'checker':
      case 'real':
      case 'virtual':
        return this.#servers.of(row);
      case 'ipvs':
        return ipvsLines(row).map(plain);
      case 'static':
        return staticLines(row);
      case 'group':
        return this.#groupLines(row);
      case 'watchdog':
        return watchdogLines(row);
      default:
        return [];
    }
  }

  #linkLines({ event }: JournalRow): readonly Line[] {
    if (event.type !== 'link.up' && event.type !== 'link.down') return [];
    const text = `Netlink reports ${String(event.interface)} ${event.type === 'link.up' ? 'up' : 'down'}`;
    return this.#isNews(text) ? [plain(text)] : [];
  }

  /** Every instance and tracker hears of an interface; it is said once. */
  #isNews(text: string): boolean {
    const [, name, state] = /^Netlink reports (\S+) (up|down)$/.exec(text) ?? [];
    if (name === undefined || state === undefined) return true;
    const before = this.#links.get(name);
    this.#links.set(name, state);
    return before !== state;
  }

  #groupLines(row: JournalRow): readonly Line[] {
    const name = row.actor.replace(/^group\//, '');
    const before = this.#groups.get(row.actor);
    this.#groups.set(row.actor, row.state);
    if (row.kind === 'crash') {
      return [
        plain(`VRRP_Group(${name}) internal error: ${String(row.delta.error)}; its members have a fault`),
      ];
    }
    const decides = ['backup', 'master', 'fault'].includes(String(row.state));
    // What it is at the start is no change.
    if (before === undefined || before === 'initialize' || before === row.state || !decides) return [];
    return [plain(`VRRP_Group(${name}) Syncing instances to ${String(row.state).toUpperCase()} state`)];
  }
}

/** As keepalived tells that it restores what somebody deleted. */
function staticLines({ event, effects }: JournalRow): readonly Line[] {
  if (event.type === 'object.deleted' && effects.length > 0) {
    const what = `${String(event.object)} ${String(event.name)}`;
    return [plain(`Restoring static ${what}, deleted by ${deleter(event.by)}`)];
  }
  const failed = { 'vips.addFailed': 'set', 'vips.removeFailed': 'remove' }[event.type];
  if (failed === undefined) return [];
  return [plain(`cannot ${failed} static ${String(event.address)}: ${String(event.error)}`)];
}

/** Of a name of real servers: `Name web.example.com (inet) has 192.0.2.2 192.0.2.3: +192.0.2.3 -192.0.2.4`. */
function nameLine({ host, family, addresses, added, removed }: JournalRow['event']): string {
  const list = (values: unknown, sign = ''): string[] =>
    (values as readonly string[]).map((each) => sign + each);
  const changes = [...list(added, '+'), ...list(removed, '-')].join(' ');
  return `Name ${String(host)} (${String(family)}) has ${list(addresses).join(' ') || 'no address'}: ${changes}`;
}

function noteLines({ event }: JournalRow): readonly Line[] {
  switch (event.type) {
    case 'signal.received':
      return [
        plain(
          event.signal === 'SIGTERM' || event.signal === 'SIGINT'
            ? 'Stopping'
            : `received ${String(event.signal)}`,
        ),
      ];
    case 'firewall.failed':
      return [plain(`Firewall: ${String(event.error)}`)];
    case 'startPlan.used': {
      const { services, servers } = event;
      return [plain(`IPVS: ${services} services with ${servers} real servers were set by the start plan`)];
    }
    case 'startPlan.unused':
      return [plain(`IPVS: the start plan was not used: ${String(event.reason)}`)];
    case 'name.changed':
      return [plain(nameLine(event))];
    case 'name.failed': {
      const kept = (event.kept as readonly string[]).join(' ');
      const what = kept === '' ? 'it has no real servers' : `its addresses are kept: ${kept}`;
      return [plain(`Name ${String(event.host)} (${String(event.family)}): ${String(event.why)}, ${what}`)];
    }
    case 'kernel.troubled':
      return [plain(`kernel notifications: ${String(event.error)}`)];
    case 'notice.lost':
      return [plain(noticeLoss(event))];
    case 'notice.resumed':
      return [plain(noticeResumption(event))];
    case 'packets.lost':
      return [plain(`${String(event.count)} packets came faster than they could be read: they are lost`)];
    case 'inbox.overflowed':
      return [plain(`inbox overflowed: ${String(event.dropped)} events dropped`)];
    case 'journal.refused':
      return [plain(`journal refused ${String(event.rows)} rows: ${String(event.error)}`)];
    default:
      return [];
  }
}
