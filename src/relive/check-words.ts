/** Facts about checkers, real servers and virtual servers in words. */
import type { ActorEvent, Effect } from '../engine/types.ts';
import type { DestinationChange } from '../machines/virtual-server/virtual-server.effects.ts';
import type { TableError } from '../machines/virtual-server/virtual-server.events.ts';
import { formatDuration } from './time.ts';

const OUTCOMES: Readonly<Record<string, string>> = {
  passed: 'passed',
  failed: 'failed',
  unable: 'could not be tried',
};

/** `probe failed after 5 s: L4TOUT, no answer`. */
function reportInWords({ outcome, code, detail, durationUs, page }: ActorEvent): string {
  const why = [code, detail].map((part) => String(part ?? '')).filter((part) => part !== '');
  const what = OUTCOMES[String(outcome)] ?? String(outcome);
  const of = page === undefined ? '' : ` of url ${Number(page) + 1}`;
  return `probe${of} ${what} after ${formatDuration(Number(durationUs))}${why.length > 0 ? `: ${why.join(', ')}` : ''}`;
}

/** Without its kind, which the event says. */
const short = (actor: unknown): string => String(actor).replace(/^[a-z]+\//, '');

/** An order may be from a former life. */
const since = ({ kept }: ActorEvent): string => (kept === true ? ', from before the start' : '');

export const CHECK_EVENTS: Readonly<Record<string, (event: ActorEvent) => string>> = {
  'checker.started': (e) => `first probe in ${formatDuration(Number(e.firstDelayUs))}`,
  'probe.reported': reportInWords,
  'checker.reconfigured': () => 'reconfigured',
  'checker.removed': () => 'no longer configured',
  'checker.changed': (e) => `check ${short(e.checker)} ${e.passed === true ? 'passes' : 'fails'}`,
  'name.changed': (e) => `name ${String(e.host)}: ${changesOfName(e)}`,
  'name.failed': (e) => `name ${String(e.host)} cannot be resolved: ${String(e.why)}`,
  'configuration.derived': (e) =>
    `real servers by name: ${(e.added as string[]).length} actors come, ${(e.removed as string[]).length} go`,
  'agent.changed': (e) => `agent: ${agentInWords(e)}`,
  'real.started': () => 'started',
  'real.reconfigured': () => 'reconfigured',
  'real.removed': () => 'no longer configured',
  'real.changed': (e) =>
    `${short(e.real)} is ${e.alive === true ? 'alive' : 'down'}, weight ${String(e.weight)}`,
  'operator.ready': () => 'operator: ready',
  'operator.drain': (e) => `operator: drain${since(e)}`,
  'operator.maintenance': (e) => `operator: maintenance${since(e)}`,
  'operator.weight': (e) =>
    e.weight === null ? 'operator: configured weight' : `operator: weight ${String(e.weight)}${since(e)}`,
  'ipvs.started': (e) => (e.driven === true ? 'started' : 'started: this kernel has no table to drive'),
  'ipvs.reconfigured': () => 'reconfigured',
  'ipvs.removed': () => 'no longer configured',
  'ipvs.accepted': (e) => `the kernel did what it had refused: ${String(e.command)}`,
  'ipvs.refused': (e) => `the kernel refused ${String(e.command)}: ${String(e.error)}`,
  'instance.changed': (e) => `its instance is ${e.isMaster === true ? 'master' : 'not master any more'}`,
  'virtual.started': (e) => (e.driven === false ? 'started: this kernel has no table to drive' : 'started'),
  'virtual.reconfigured': () => 'reconfigured',
  'virtual.removed': () => 'no longer configured',
  'address.found': () => 'this machine holds the address of the service',
  'address.lost': () => 'this machine does not hold the address of the service any more',
  'table.applied': (e) => `the kernel's table is as it shall be: ${tableCounts(e)}`,
  'table.refused': (e) => `the kernel refused ${String(e.refused)} of its table: ${firstError(e)}`,
  'table.drifted': (e) => `somebody else changed the kernel's table: ${firstText(e.entries)}`,
};

/** `+192.0.2.3 -192.0.2.4`. */
function changesOfName({ added, removed }: ActorEvent): string {
  const of = (list: unknown, sign: string) => (list as readonly string[]).map((each) => sign + each);
  return [...of(added, '+'), ...of(removed, '-')].join(' ');
}

/** `75 % of the weight, drained`. */
function agentInWords({ percent, duty }: ActorEvent): string {
  return `${percent === null ? 'the configured weight' : `${String(percent)} % of the weight`}, ${String(duty)}`;
}

/** `2 added, 1 removed`. */
function tableCounts(event: ActorEvent): string {
  const counts = ['added', 'changed', 'removed'].filter((key) => Number(event[key]) > 0);
  return counts.length === 0
    ? 'nothing to do'
    : counts.map((key) => `${String(event[key])} ${key}`).join(', ');
}

function firstError({ errors }: ActorEvent): string {
  const [first] = (errors ?? []) as unknown as readonly TableError[];
  return first === undefined ? '?' : `${first.error} for ${first.entry}`;
}

function firstText(texts: unknown): string {
  const [first = '?', ...others] = Array.isArray(texts) ? texts : [];
  return others.length === 0 ? String(first) : `${String(first)}, and ${others.length} more`;
}

/** A destination alone by its name. */
function changesInWords({ params }: Effect): string {
  const changes = (params.changes ?? []) as unknown as readonly DestinationChange[];
  const [first] = changes;
  if (first === undefined || changes.length > 1) return `${changes.length} destinations`;
  return `${first.server} ${first.weight === null ? 'away' : `weight ${String(first.weight)}`}`;
}

export const CHECK_EFFECTS: Readonly<Record<string, (effect: Effect) => string>> = {
  probe: ({ params }) => `probe every ${formatDuration(Number(params.everyUs))}`,
  probeAgain: ({ params }) =>
    `probe ${params.page === undefined ? 'again' : `url ${Number(params.page) + 1}`} in ${formatDuration(Number(params.afterUs))}`,
  revisePlan: () => 'probe with new settings from the next on',
  expectProbe: ({ params }) =>
    params.outcome === null ? 'expect nothing' : `expect ${String(params.outcome)}`,
  holdServices: ({ params }) =>
    `hold ${Array.isArray(params.weights) ? params.weights.length : 0} destinations`,
  setDestinations: (effect) => `set ${changesInWords(effect)}`,
  mendServices: () => 'mend the table',
  releaseServices: () => 'let go of the table',
  suspendChecks: () => 'suspend checks',
  resumeChecks: () => 'resume checks',
};
