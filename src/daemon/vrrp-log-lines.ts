/** Rows of VRRP instances as the log lines of keepalived 2.4.3. */
import type { JournalRow } from '../engine/types.ts';
import type { KernelObjects, VirtualAddress } from '../machines/kernel-objects.ts';
import type { VrrpContext } from '../machines/vrrp/vrrp.context.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { detail, type Line, plain } from './line.ts';

/** `backup` of `{backup: 'listening'}` or of `'backup'`. */
export function protocolRole(state: Json): string {
  const protocol = (state as JsonObject | null)?.protocol ?? null;
  if (typeof protocol === 'string') return protocol;
  return protocol !== null && typeof protocol === 'object' ? (Object.keys(protocol)[0] ?? '') : '';
}

/** What a line needs of the rows before. */
interface Known {
  readonly role: string;
  readonly priority: number;
  readonly quietToLower: boolean;
  readonly source: string | null;
  /** The last master that was followed, also while this router is master. */
  readonly master: string | null;
  readonly ownIntervalUs: number;
  readonly intervalUs: number;
}

const NOTHING: Known = {
  ...{ role: '', priority: 0, quietToLower: false, source: null, master: null },
  ...{ ownIntervalUs: 0, intervalUs: 0 },
};

type Delta = Partial<VrrpContext>;

function knownAfter(before: Known, row: JournalRow): Known {
  const { input, effectivePriority, sourceAddress, master } = row.delta as Delta;
  const role = protocolRole(row.state);
  const ownIntervalUs = input?.advertIntervalUs ?? before.ownIntervalUs;
  const followed = master?.advertIntervalUs ?? (before.intervalUs || ownIntervalUs);
  return {
    role,
    priority: effectivePriority ?? before.priority,
    quietToLower: input?.lowerPriorityNoAdvert ?? before.quietToLower,
    source: sourceAddress === undefined ? before.source : sourceAddress,
    master: master?.source ?? before.master,
    ownIntervalUs,
    intervalUs: role === 'master' ? ownIntervalUs : followed,
  };
}

/** Remembers what each instance was, to tell a change from a repetition. */
export class VrrpLogLines {
  readonly #known = new Map<string, Known>();

  /** Lines for one row, none for most. */
  of(row: JournalRow): readonly Line[] {
    const name = `(${row.actor.replace(/^vrrp\//, '')})`;
    if (row.kind === 'crash') {
      const error = String(row.delta.error);
      return [plain(`${name} internal error: ${error}; addresses are removed, the others run on`)];
    }
    const before = this.#known.get(row.actor) ?? NOTHING;
    const after = knownAfter(before, row);
    this.#known.set(row.actor, after);
    if (row.kind === 'start') return [];
    const lines = [
      ...causeLines(row, before, after),
      ...masterLines(before, after),
      ...changeLines(row, before, after),
    ];
    return lines.map((line) => ({ ...line, text: `${name} ${line.text}` }));
  }
}

function causeLines(row: JournalRow, before: Known, after: Known): readonly Line[] {
  const { event } = row;
  const error = String(event.error);
  switch (event.type) {
    case 'master.silent':
      return [detail('Receive advertisement timeout')];
    case 'advert.received':
      return advertLines(row, before, after);
    case 'source.lost':
      return [plain('no address left to send from')];
    case 'object.deleted':
      return deletionLines(row);
    case 'self.stalled':
      return [plain(`A thread timer expired ${(Number(event.stalledUs) / 1e6).toFixed(6)} seconds ago`)];
    case 'claim.withdrawn':
      return [
        plain(
          `first advert taken back${event.resigned === true ? '' : ', but priority 0 could not be sent'}`,
        ),
      ];
    case 'self.leaseLost':
      return [plain(leaseLine(event))];
    case 'vips.addFailed':
      return [plain(`cannot add address ${String(event.address)}: ${error}`)];
    case 'vips.removeFailed':
      return [plain(`cannot delete address ${String(event.address)}: ${error}`)];
    case 'garps.failed':
      return [plain(`cannot send gratuitous ARP: ${error}`)];
    case 'adverts.sendFailed':
      return [plain(`cannot send adverts: ${error}`)];
    case 'adverts.sendRecovered':
      return [plain('adverts leave again')];
    default:
      return [];
  }
}

function leaseLine({ leaseUs, lateUs, resigned }: JournalRow['event']): string {
  const length = ((Number(leaseUs) + Number(lateUs)) / 1e6).toFixed(3);
  const ago = (Number(lateUs) / 1e6).toFixed(3);
  const how = resigned === true ? 'priority 0 was sent' : 'its adverts ended';
  return `the program was busy or hung for ${length} seconds: ${how} ${ago} seconds ago`;
}

/** Our own deletions are reported too; they change nothing. */
function deletionLines({ event, effects }: JournalRow): readonly Line[] {
  if (effects.length === 0) return [];
  return [plain(`${String(event.object)} ${String(event.name)} was deleted by ${deleter(event.by)}`)];
}

/** The port of a netlink socket is the number of its process unless that has several. */
export function deleter(by: Json | undefined): string {
  return by === undefined ? 'somebody else' : `somebody else (netlink port ${String(by)})`;
}

function advertLines({ event }: JournalRow, before: Known, after: Known): readonly Line[] {
  const from = String(event.source);
  const priority = Number(event.priority);
  const own = before.priority;
  if (before.role === 'backup') {
    if (priority === 0) return [detail('Backup received priority 0 advertisement')];
    const passedOver = priority < own && after.master !== from && after.role === 'backup';
    return passedOver
      ? [plain(`received lower priority (${priority}) advert from ${from} - discarding`)]
      : [];
  }
  if (before.role !== 'master') return [];
  if (priority === 0) return [detail('Master received priority 0 message')];
  if (after.role !== 'master') {
    return [
      plain(
        priority > own
          ? `Master received advert from ${from} with higher priority ${priority}, ours ${own}`
          : `Master received advert from ${from} with same priority ${priority} but higher IP address than ours`,
      ),
    ];
  }
  if (priority === own && from === before.source) {
    return [plain('WARNING - equal priority advert received from remote host with our IP address.')];
  }
  const answer = before.quietToLower ? '' : ', forcing new election';
  return [plain(`Received advert from ${from} with lower priority ${priority}, ours ${own}${answer}`)];
}

/** Whom a backup follows, and how often that one promises to advertise. */
function masterLines(before: Known, after: Known): readonly Line[] {
  const lines: Line[] = [];
  const ms = (us: number): number => Math.floor(us / 1000);
  if (before.role === 'backup' && after.master !== before.master && after.master !== null) {
    const change =
      before.master === null
        ? `master set to ${after.master}`
        : `master changed from ${before.master} to ${after.master}`;
    lines.push(detail(change));
  }
  if (after.intervalUs !== before.intervalUs && before.intervalUs !== 0) {
    lines.push(
      detail(
        after.role === 'master'
          ? `changing advert interval from ${ms(before.intervalUs)}ms to locally configured ${ms(after.intervalUs)}ms`
          : `advertisement interval updated from ${ms(before.intervalUs)}ms to ${ms(after.intervalUs)}ms by master`,
      ),
    );
  }
  return lines;
}

function changeLines(row: JournalRow, before: Known, after: Known): readonly Line[] {
  const lines: Line[] = [];
  if (after.priority !== before.priority) {
    lines.push(plain(`Changing effective priority from ${before.priority} to ${after.priority}`));
  }
  if (after.role !== before.role && after.role !== 'initialize') {
    const init = before.role === 'initialize' && after.role !== 'master' ? ' (init)' : '';
    lines.push(plain(`Entering ${after.role.toUpperCase()} STATE${init}`));
  }
  if (row.effects.some(({ type, params }) => type === 'sendAdvert' && params.priority === 0)) {
    lines.push(detail('sent 0 priority'));
  }
  // Also when mastership was lost before the addresses were all there: then the answer to their addition removes them.
  const mayHold = before.role === 'master' || row.event.type.startsWith('vips.add');
  for (const { type, params } of row.effects) {
    if (type === 'addVips') lines.push(...holding('sett', params));
    else if (type === 'removeVips' && mayHold) lines.push(...holding('remov', params).toReversed());
    else if (type === 'sendGratuitousArps') lines.push(...announcing(params));
  }
  return lines;
}

/** What is set, in this order, and removed the other way round. */
function holding(verb: 'sett' | 'remov', params: JsonObject): readonly Line[] {
  const { routes = [], rules = [] } = params as KernelObjects;
  return [
    detail(`${verb}ing VIPs.`),
    ...(routes.length > 0 ? [detail(`${verb}ing Virtual Routes`)] : []),
    ...(rules.length > 0 ? [detail(`${verb}ing Virtual Rules`)] : []),
  ];
}

function announcing({ addresses }: JsonObject): readonly Line[] {
  return (addresses as readonly VirtualAddress[]).map(({ address, interface: carrier }) => {
    const what = address.includes(':') ? 'Unsolicited Neighbour Adverts' : 'gratuitous ARPs';
    return detail(`Sending/queueing ${what} on ${carrier} for ${address}`);
  });
}
