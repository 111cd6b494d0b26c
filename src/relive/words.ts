/** Events, states and effects in words. */
import { noticeLoss, noticeResumption } from '../engine/notice-loss.ts';
import type { ActorEvent, ActorId, Effect, JournalRun } from '../engine/types.ts';
import { BFD_STATES } from '../protocol/bfd.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { CHECK_EFFECTS, CHECK_EVENTS } from './check-words.ts';
import { formatDuration } from './time.ts';
import { TRACKER_EVENTS } from './tracker-words.ts';
import { formerInWords, WATCHDOG_EFFECTS, WATCHDOG_EVENTS } from './watchdog-words.ts';

/** `VI_1` of `vrrp/VI_1`. */
export function actorName(actor: ActorId): string {
  return actor.replace(/^vrrp\//, '');
}

const text = (value: Json | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null);
const duration = (value: Json | undefined): string => formatDuration(Number(value ?? 0));
/** Characters of the digest by which a configuration is known. */
const DIGEST_SHOWN = 12;
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `the address 10.0.0.100` of an `object.deleted`. */
export function deletedObject(event: ActorEvent): string {
  return `the ${text(event.object)} ${text(event.name)}`;
}

/** What is not known of who deleted it. */
export function unknownDeleter({ by }: ActorEvent): string {
  return by === undefined
    ? 'who deleted it: the Linux kernel does not tell'
    : `who deleted it: netlink port ${text(by)}, which is the number of its process unless that had several sockets`;
}

const linkOf = (e: ActorEvent): string => (e.interface === undefined ? 'link' : `link ${text(e.interface)}`);

type Telling = (event: ActorEvent) => string;

const EVENTS: Readonly<Record<string, Telling>> = {
  ...TRACKER_EVENTS,
  ...CHECK_EVENTS,
  ...WATCHDOG_EVENTS,
  'actor.started': () => 'configured',
  'instance.reconfigured': () => 'goes on with another configuration after a reload',
  'instance.removed': () => 'no longer configured after a reload',
  'configuration.reloaded': (e) => `configuration ${text(e.configGeneration)} is in force`,
  'configuration.refused': () => 'a reload was refused: the former configuration holds',
  'instance.started': (e) =>
    e.linkUp === true
      ? `started: link up, ${e.sourceAddress === null ? 'no address to send from' : `address ${text(e.sourceAddress)}`}${formerInWords(e)}`
      : `started: link down${formerInWords(e)}`,
  'advert.received': (e) =>
    e.priority === 0
      ? `${text(e.source)} resigned (priority 0)`
      : `advert from ${text(e.source)}, priority ${text(e.priority)}`,
  'advert.refused': (e) =>
    `refused an advert of ${text(e.source)}: ${text(e.fault)}${e.detail === '' ? '' : ` (${text(e.detail)})`}`,
  'member.reported': (e) => `${actorName(text(e.member))} is ${text(e.standing)}`,
  'member.claimed': (e) => `${actorName(text(e.member))} wants to be master`,
  'member.resigned': (e) => `${actorName(text(e.member))} gave up for a moment`,
  'member.contested': (e) => `${actorName(text(e.member))} heard another master`,
  'group.decided': (e) =>
    `its sync group decided: ${text(e.state)}${e.resigning === true ? ' for a moment' : ''}`,
  'group.settled': (e) => `the members are ${text(e.state)}`,
  'fault.found': (e) => `a fault: ${text(e.reason)}`,
  'fault.cleared': (e) => `no longer a fault: ${text(e.reason)}`,
  'device.created': () => 'its own device is there',
  'device.failed': (e) => `its own device cannot be made: ${text(e.error)}`,
  'device.deleted': (e) => `somebody deleted its device ${text(e.device)}`,
  'master.silent': (e) =>
    Number(e.missedAdverts) > 0
      ? `no awaited advert for ${duration(e.silentUs)} (${duration(e.allowedUs)} allowed, ${plural(Number(e.missedAdverts), 'advert')} missed)`
      : `waited ${duration(e.silentUs)}, no master claimed`,
  'claim.withdrawn': (e) =>
    `it had something else to do: its first advert with priority ${text(e.priority)}${e.resigned === true ? ' was taken back with priority 0' : ' could not be taken back'}`,
  'self.stalled': (e) => `this process did not run for ${duration(e.stalledUs)}`,
  'self.leaseLost': (e) =>
    `its statecharts did not run for ${duration(Number(e.leaseUs) + Number(e.lateUs))}, so its adverts had been ended ${duration(e.lateUs)} before${e.resigned === true ? ', with priority 0' : ''}`,
  'link.up': (e) => `${linkOf(e)} came up`,
  'link.down': (e) => `${linkOf(e)} went down`,
  'source.found': (e) => `address ${text(e.address)} to send from appeared`,
  'source.lost': () => 'the address to send from was deleted',
  'object.deleted': (e) => `${deletedObject(e)} was deleted`,
  'static.started': () => 'started',
  'vips.added': () => 'addresses added',
  'vips.addFailed': (e) => `could not add ${text(e.address)}: ${text(e.error)}`,
  'vips.removed': () => 'addresses removed',
  'vips.removeFailed': (e) => `could not remove ${text(e.address)}: ${text(e.error)}`,
  'garps.sent': () => 'gratuitous ARP sent',
  'garps.failed': (e) => `gratuitous ARP failed: ${text(e.error)}`,
  'adverts.sendFailed': (e) => `adverts cannot leave: ${text(e.error)}`,
  'adverts.sendRecovered': () => 'adverts leave again',
  'session.started': () => 'session started',
  'session.reconfigured': () => 'session has another configuration',
  'session.removed': () => 'session is not configured any more',
  'discriminator.drawn': () => 'a discriminator for the next session is ready',
  'socket.opened': () => 'sockets opened',
  'socket.failed': (e) => `sockets cannot be opened: ${text(e.error)}`,
  'control.received': controlInWords,
  'control.sendFailed': (e) => `BFD packets cannot leave: ${text(e.error)}`,
  'control.sendRecovered': () => 'BFD packets leave again',
  'neighbor.silent': (e) => `no BFD packet for ${duration(e.silentUs)} (${duration(e.allowedUs)} allowed)`,
  'bfd.up': () => 'the BFD session is up',
  'bfd.down': (e) => `the BFD session is down: ${text(e.reason)}`,
  'shutdown.requested': (e) => `told to stop (${text(e.reason)})`,
  'timer.expired': (e) => `timer ${text(e.timer)} ran out`,
  'process.started': (e) => `relived ${text(e.version)} started, process ${text(e.pid)}`,
  'startPlan.used': startInWords,
  'startPlan.unused': (e) => `the start plan was not used: ${text(e.reason)}`,
  'process.stopped': (e) => `relived stopped (${text(e.reason)})`,
  'process.failed': (e) => `internal error: ${text(e.error)}`,
  'signal.received': (e) => `signal ${text(e.signal)}`,
  'notice.lost': noticeLoss,
  'notice.resumed': noticeResumption,
  'packets.lost': (e) =>
    `${plural(Number(e.count), 'packet')} lost: they came faster than they could be read`,
  'inbox.overflowed': (e) => `inbox full: ${plural(Number(e.dropped), 'event')} dropped`,
  'journal.refused': (e) => `the journal did not take ${plural(Number(e.rows), 'row')}: ${text(e.error)}`,
};

/** What a run is made of: `100 adverts sent, priority 150`. */
export function runInWords({ actor, count, priority }: Omit<JournalRun, 'afterSeq'>, what: string): string {
  return actor.startsWith('bfd/')
    ? `${plural(count, 'packet')} ${what}, state ${BFD_STATES[priority] ?? priority}`
    : `${plural(count, 'advert')} ${what}, priority ${priority}`;
}

/** `the start plan set 2 services with 20 real servers 1.2 s before, in 21 ms, of configuration 1f2e3d4c5b6a`. */
function startInWords(e: ActorEvent): string {
  const what = `${plural(Number(e.services), 'service')} with ${plural(Number(e.servers), 'real server')}`;
  const of = `configuration ${text(e.configuration).slice(0, DIGEST_SHOWN)}`;
  return `the start plan set ${what} ${duration(e.agoUs)} before, in ${duration(e.tookUs)}, of ${of}`;
}

function controlInWords(e: ActorEvent): string {
  const bits = (['poll', 'final', 'demand'] as const).filter((bit) => e[bit] === true);
  return [`neighbor says ${text(e.state)}`, ...bits].join(', ');
}

/** An event that this version does not know is shown as it is. */
export function eventInWords(event: ActorEvent): string {
  const telling = EVENTS[event.type];
  if (telling !== undefined) return telling(event);
  const { type, ...rest } = event;
  return Object.keys(rest).length === 0 ? type : `${type} ${JSON.stringify(rest)}`;
}

function path(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined || typeof value !== 'object' || Array.isArray(value)) return '?';
  return Object.entries(value)
    .map(([key, inner]) =>
      typeof inner === 'object' && inner !== null && Object.keys(inner).length === 0
        ? key
        : `${key}.${path(inner)}`,
    )
    .join('+');
}

/** Of state values that were looked at: a journal gives the same object for the same state. */
const REGIONS = new WeakMap<object, ReadonlyMap<string, string>>();

/** `{protocol: {backup: 'listening'}, addresses: 'absent'}` as a path for each region; a plain state has the region ''. */
export function regions(state: Json): ReadonlyMap<string, string> {
  if (state === null || typeof state !== 'object') return regionsOf(state);
  const known = REGIONS.get(state);
  if (known !== undefined) return known;
  const found = regionsOf(state);
  REGIONS.set(state, found);
  return found;
}

function regionsOf(state: Json): ReadonlyMap<string, string> {
  if (state === null) return new Map();
  // Parallel regions are several; one alone is a state with states in it.
  const isPlain = typeof state !== 'object' || Array.isArray(state);
  if (isPlain || (Object.keys(state).length === 1 && !('protocol' in state))) {
    return new Map([['', path(state)]]);
  }
  return new Map(Object.entries(state as JsonObject).map(([region, value]) => [region, path(value)]));
}

/** The region that says what an actor is; the others say what becomes of it. */
const MAIN_REGIONS: readonly string[] = ['protocol', 'quorum', ''];

/** Path of the main region: `backup.listening`. Empty if there is none. */
export function protocolPath(state: Json): string {
  const found = regions(state);
  const main = MAIN_REGIONS.find((region) => found.has(region));
  return main === undefined ? '' : (found.get(main) ?? '');
}

/** `initialize`, `backup`, `master` or `fault`. */
export function roleOf(state: Json): string {
  return protocolPath(state).split('.')[0] ?? '';
}

/** Regions of which nothing is said as long as nothing happens in them. */
const RESTING: Readonly<Record<string, string>> = { contest: 'quiet', refresh: 'off', checks: 'running' };

/** `backup.listening (absent, idle)`. */
export function stateInWords(state: Json): string {
  const found = regions(state);
  const others = [...found]
    .filter(([region, value]) => !MAIN_REGIONS.includes(region) && RESTING[region] !== value)
    .map(([, value]) => value);
  return [protocolPath(state), others.length > 0 ? `(${others.join(', ')})` : '']
    .filter((part) => part !== '')
    .join(' ');
}

/** `well`, `well (losing)`: the quiet half of a state is not said. */
export function quietStateInWords(state: Json): string {
  if (state === null || typeof state !== 'object') return String(state);
  const [[stage, inner] = ['', '']] = Object.entries(state);
  return inner === 'steady' ? stage : `${stage} (${String(inner)})`;
}

/** `backup.listening -> master, addresses absent -> adding`; the protocol alone if nothing changed. */
export function changeInWords(before: Json | null, after: Json): string {
  if (after === null) return '';
  if (before === null) return stateInWords(after);
  const old = regions(before);
  const changes = [...regions(after)].filter(([region, value]) => old.get(region) !== value);
  if (changes.length === 0) return protocolPath(after);
  return changes
    .map(([region, value]) => {
      const label = MAIN_REGIONS.includes(region) ? '' : `${region} `;
      return `${label}${old.get(region) ?? '?'} -> ${value}`;
    })
    .join(', ');
}

function addressesOf(effect: Effect): string {
  const { addresses } = effect.params;
  if (!Array.isArray(addresses)) return '';
  return addresses.map((entry: Json) => text((entry as JsonObject | null)?.address)).join(' ');
}

/** `10.0.0.100 + 2 routes`: addresses by name, routes and rules by their number. */
function objectsOf(effect: Effect): string {
  const { routes, rules } = effect.params;
  const counted = (list: Json | undefined, noun: string): string =>
    Array.isArray(list) && list.length > 0 ? plural(list.length, noun) : '';
  return [addressesOf(effect), counted(routes, 'route'), counted(rules, 'rule')]
    .filter((part) => part !== '')
    .join(' + ');
}

/** `announce 150, addVips 10.0.0.100`. */
export function effectsInWords(effects: readonly Effect[]): string {
  return effects.map(effectInWords).join(', ');
}

export function effectInWords(effect: Effect): string {
  const { type, params } = effect;
  switch (type) {
    case 'announce':
    case 'reviseAnnouncement':
    case 'sendAdvert':
      return `${type} ${text(params.priority)}`;
    case 'watchMaster':
    case 'adjustWatch':
      return `${type} ${duration(params.allowedUs)}`;
    case 'notify':
      return `${type} ${text(params.state)}`;
    case 'addVips':
    case 'removeVips':
      return `${type} ${objectsOf(effect)}`;
    case 'sendGratuitousArps':
      return `${type} ${addressesOf(effect)}`;
    case 'setSourceAddress':
      return `${type} ${text(params.address)}`;
    case 'transmitControl': {
      const packet = params.packet as JsonObject | undefined;
      const interval = params.intervalUs === null ? 'when asked' : `every ${duration(params.intervalUs)}`;
      return `${type} ${text(packet?.state)} ${interval}`;
    }
    case 'awaitControl':
      return params.detectUs === null ? type : `${type} ${duration(params.detectUs)}`;
    case 'signalActor':
      return `tell ${text(params.actor)} ${text((params.event as JsonObject | undefined)?.type)}`;
    case 'armTimer':
      return `${type} ${text(params.timer)} ${duration(params.delayUs)}`;
    case 'disarmTimer':
      return `${type} ${text(params.timer)}`;
    default:
      return (CHECK_EFFECTS[type] ?? WATCHDOG_EFFECTS[type])?.(effect) ?? type;
  }
}
