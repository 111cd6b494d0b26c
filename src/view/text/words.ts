/** Events and effects in plain words, for people who do not know the names that the statechart uses. */
import { noticeLoss, noticeResumption } from '../../engine/notice-loss.ts';
import type { ActorEvent, Effect } from '../../engine/types.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { formatDuration } from './time-format.ts';

type Say = (facts: JsonObject) => string;

const text = (value: Json | undefined): string =>
  value === undefined || value === null
    ? '?'
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
const duration = (value: Json | undefined): string =>
  typeof value === 'number' ? formatDuration(value) : '?';
const count = (value: Json | undefined, one: string): string =>
  `${text(value)} ${one}${value === 1 ? '' : 's'}`;
const linkOf = ({ interface: name }: JsonObject): string =>
  name === undefined ? 'The link' : `The link ${text(name)}`;

function addressList(value: Json | undefined): string {
  if (!Array.isArray(value)) return '?';
  const names = value.map((item: Json) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? text((item as JsonObject).address)
      : text(item),
  );
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
function refreshList(value: Json | undefined): string {
  if (!Array.isArray(value)) return '?';
  return value
    .map((item: Json) => {
      const { addresses, everyUs } = item as JsonObject;
      return `${addressList(addresses)} every ${duration(everyUs)}`;
    })
    .join('; ');
}

/** Addresses by name, routes and rules by their number. */
function objectList({ addresses, routes, rules }: JsonObject): string {
  const some = (list: Json | undefined, noun: string): string[] =>
    Array.isArray(list) && list.length > 0 ? [count(list.length, noun)] : [];
  const names = Array.isArray(addresses) && addresses.length === 0 ? [] : [addressList(addresses)];
  return [...names, ...some(routes, 'route'), ...some(rules, 'rule')].join(' and ');
}

const EVENTS: Readonly<Record<string, Say>> = {
  'actor.started': () => 'The instance came into being',
  'whatif.entered': () => 'Lived again from here on, with something changed',
  'instance.reconfigured': () => 'Goes on with another configuration after a reload',
  'instance.removed': () => 'No longer configured after a reload',
  'instance.started': ({ linkUp, sourceAddress }) =>
    linkUp === true
      ? `Started: link up, ${sourceAddress === null ? 'no address to send from' : `sending from ${text(sourceAddress)}`}`
      : 'Started: link down',
  'advert.received': ({ source, priority }) =>
    priority === 0
      ? `${text(source)} resigned (priority 0)`
      : `Advert from ${text(source)} with priority ${text(priority)}`,
  'master.silent': ({ silentUs, missedAdverts }) =>
    `No advert for ${duration(silentUs)} (${count(missedAdverts, 'advert')} missed)`,
  'claim.withdrawn': ({ resigned }) =>
    `A first advert had left when something else came up${resigned === true ? ': taken back with priority 0' : ''}`,
  'self.stalled': ({ stalledUs }) => `This process did not run for ${duration(stalledUs)}`,
  'self.leaseLost': ({ leaseUs, lateUs }) =>
    `The statecharts did not run for ${duration(Number(leaseUs) + Number(lateUs))}, so the adverts had been ended`,
  'link.up': (event) => `${linkOf(event)} came up`,
  'link.down': (event) => `${linkOf(event)} went down`,
  'source.found': ({ address }) => `Can send from ${text(address)}`,
  'source.lost': () => 'No address left to send from',
  'object.deleted': ({ object, name }) => `The ${text(object)} ${text(name)} was deleted`,
  'vips.added': () => 'The virtual addresses are in place',
  'vips.addFailed': ({ address, error }) => `Could not add ${text(address)}: ${text(error)}`,
  'vips.removed': () => 'The virtual addresses are gone',
  'vips.removeFailed': ({ address, error }) => `Could not remove ${text(address)}: ${text(error)}`,
  'garps.sent': () => 'Gratuitous ARPs are out',
  'garps.failed': ({ error }) => `Gratuitous ARPs failed: ${text(error)}`,
  'adverts.sendFailed': ({ error }) => `Adverts cannot leave: ${text(error)}`,
  'adverts.sendRecovered': () => 'Adverts leave again',
  'session.started': () => 'The session begins',
  'control.received': ({ state, poll, final }) =>
    `The neighbor says ${text(state)}${poll === true ? ', and polls' : ''}${final === true ? ', final' : ''}`,
  'neighbor.silent': ({ silentUs }) => `No packet of the neighbor for ${duration(silentUs)}`,
  'socket.opened': () => 'The sockets are open',
  'socket.failed': ({ error }) => `The sockets cannot be opened: ${text(error)}`,
  'bfd.up': () => 'The BFD session is up',
  'bfd.down': ({ reason }) => `The BFD session is down: ${text(reason)}`,
  'checker.started': ({ firstDelayUs }) => `The first probe is in ${duration(firstDelayUs)}`,
  'probe.reported': ({ outcome, code, durationUs, page }) => {
    const what = page === undefined ? 'A probe' : `A probe of url ${Number(page) + 1}`;
    return outcome === 'unable'
      ? `${what} could not be tried (${text(code)})`
      : `${what} ${text(outcome)} after ${duration(durationUs)} (${text(code)})`;
  },
  'checker.changed': ({ checker, passed }) => `${text(checker)} ${passed === true ? 'passes' : 'fails'}`,
  'agent.changed': ({ percent, duty }) =>
    `Its agent wants it ${text(duty)}${percent === null ? '' : `, with ${text(percent)} % of its weight`}`,
  'real.started': () => 'Started',
  'operator.ready': () => 'An operator wants it as its checks say',
  'operator.drain': () => 'An operator drains it',
  'operator.maintenance': () => 'An operator takes it out for maintenance',
  'operator.weight': ({ weight }) =>
    weight === null
      ? 'An operator gives it its configured weight'
      : `An operator gives it weight ${text(weight)}`,
  'virtual.started': ({ driven }) => (driven === false ? 'Started, without a table to drive' : 'Started'),
  'address.found': () => 'This machine holds the address of the service',
  'address.lost': () => 'This machine does not hold the address of the service any more',
  'table.applied': () => "The kernel's table is as it shall be",
  'table.refused': ({ refused }) => `The kernel refused ${text(refused)} of its table`,
  'table.drifted': () => "Somebody else changed the kernel's table",
  'real.changed': ({ real, alive, weight }) =>
    `${text(real)} is ${alive === true ? 'alive' : 'down'}, its weight is ${text(weight)}`,
  'shutdown.requested': ({ reason }) => `Asked to stop (${text(reason)})`,
  'timer.expired': ({ timer }) => `Timer ${text(timer)} ran out`,
  'process.started': ({ node }) => `The process started on ${text(node)}`,
  'startPlan.used': ({ services, servers }) =>
    `The start plan set ${count(services, 'service')} with ${count(servers, 'real server')} before the program began`,
  'startPlan.unused': ({ reason }) => `The start plan was not used: ${text(reason)}`,
  'process.stopped': () => 'The process stopped',
  'process.failed': ({ error }) => `Internal error: ${text(error)}`,
  'signal.received': ({ signal }) => `Signal ${text(signal)}`,
  'notice.lost': (event) => sentence(noticeLoss(event)),
  'notice.resumed': (event) => sentence(noticeResumption(event)),
  'packets.lost': (e) => `${count(e.count, 'packet')} lost: they came faster than they could be read`,
  'inbox.overflowed': ({ dropped }) => `Too much at once: ${count(dropped, 'event')} dropped`,
  'journal.refused': ({ rows, error }) => `The journal did not take ${count(rows, 'row')}: ${text(error)}`,
};

/** What is told of beside instances. */
const SCOPES: Readonly<Record<string, string>> = {
  GROUP: 'group ',
  RS: 'real server ',
  VS: 'virtual server ',
};

const EFFECTS: Readonly<Record<string, Say>> = {
  openHeartbeat: () => 'open the heartbeat socket',
  setSourceAddress: ({ address }) => `send from ${text(address)}`,
  announce: ({ priority }) => `announce priority ${text(priority)} from now on`,
  reviseAnnouncement: ({ priority }) => `announce priority ${text(priority)} from the next advert on`,
  stopAnnouncing: () => 'stop announcing',
  sendAdvert: ({ priority }) =>
    priority === 0 ? 'resign (priority 0)' : `send one advert, priority ${text(priority)}`,
  watchMaster: ({ allowedUs }) => `watch the master, ${duration(allowedUs)} of silence allowed`,
  adjustWatch: ({ allowedUs }) => `go on watching, ${duration(allowedUs)} of silence allowed`,
  notify: ({ scope, name, state }) => `tell that ${SCOPES[text(scope)] ?? ''}${text(name)} is ${text(state)}`,
  signalActor: ({ actor, event }) => `tell ${text(actor)}: ${text((event as JsonObject | null)?.type)}`,
  stopWatching: () => 'stop watching the master',
  addVips: (params) => `add ${objectList(params)}`,
  removeVips: (params) => `remove ${objectList(params)}`,
  sendGratuitousArps: ({ addresses, repeat }) =>
    `${count(repeat, 'gratuitous ARP')} for ${addressList(addresses)}`,
  refreshGarps: ({ refreshes }) => `repeat gratuitous ARPs: ${refreshList(refreshes)}`,
  stopRefreshingGarps: () => 'stop repeating gratuitous ARPs',
  openSession: () => 'open the sockets of the session',
  transmitControl: ({ packet, intervalUs }) =>
    `say ${text((packet as JsonObject | undefined)?.state)}${intervalUs === null ? ' when asked' : ` every ${duration(intervalUs)}`}`,
  awaitControl: ({ detectUs }) =>
    detectUs === null ? 'listen to the neighbor' : `allow the neighbor ${duration(detectUs)} of silence`,
  closeSession: () => 'close the session',
  holdServices: ({ weights }) =>
    `have the kernel's table hold ${count(Array.isArray(weights) ? weights.length : 0, 'destination')}`,
  setDestinations: ({ changes }) =>
    `change ${count(Array.isArray(changes) ? changes.length : 0, 'destination')} in the kernel's table`,
  suspendChecks: () => 'stop probing its real servers for now',
  resumeChecks: () => 'probe its real servers again',
  mendServices: () => "mend the kernel's table",
  releaseServices: () => "take everything out of the kernel's table",
  probe: ({ firstDelayUs, everyUs }) =>
    `probe in ${duration(firstDelayUs)}, and every ${duration(everyUs)} from then on`,
  probeAgain: ({ afterUs }) => `probe again in ${duration(afterUs)}`,
  revisePlan: () => 'probe with new settings from the next on',
  expectProbe: ({ outcome }) =>
    outcome === null ? 'tell of every probe' : `tell of probes that have not ${text(outcome)}`,
  stopProbing: () => 'stop probing',
  closeHeartbeat: () => 'close the heartbeat socket',
  armTimer: ({ timer, delayUs }) => `timer ${text(timer)} in ${duration(delayUs)}`,
  disarmTimer: ({ timer }) => `cancel timer ${text(timer)}`,
};

/** One sentence; the event's type if there are no words for it. */
export function describeEvent(event: ActorEvent): string {
  return Object.hasOwn(EVENTS, event.type) ? (EVENTS[event.type]?.(event) ?? event.type) : event.type;
}

/** Empty if there are no words for the effect beyond its name. */
export function describeEffect({ type, params }: Effect): string {
  return Object.hasOwn(EFFECTS, type) ? (EFFECTS[type]?.(params) ?? '') : '';
}
