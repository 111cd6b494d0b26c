/** Facts about checkers, real servers and virtual servers in words. */
import type { ActorEvent, Effect } from '../engine/types.ts';
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

export const CHECK_EVENTS: Readonly<Record<string, (event: ActorEvent) => string>> = {
  'checker.started': (e) => `first probe in ${formatDuration(Number(e.firstDelayUs))}`,
  'probe.reported': reportInWords,
  'checker.reconfigured': () => 'reconfigured',
  'checker.removed': () => 'no longer configured',
  'checker.changed': (e) => `check ${short(e.checker)} ${e.passed === true ? 'passes' : 'fails'}`,
  'real.started': () => 'started',
  'real.reconfigured': () => 'reconfigured',
  'real.removed': () => 'no longer configured',
  'real.changed': (e) =>
    `${short(e.real)} is ${e.alive === true ? 'alive' : 'down'}, weight ${String(e.weight)}`,
  'operator.ready': () => 'operator: ready',
  'operator.drain': () => 'operator: drain',
  'operator.maintenance': () => 'operator: maintenance',
  'operator.weight': (e) =>
    e.weight === null ? 'operator: configured weight' : `operator: weight ${String(e.weight)}`,
  'virtual.started': () => 'started',
  'virtual.reconfigured': () => 'reconfigured',
  'virtual.removed': () => 'no longer configured',
};

export const CHECK_EFFECTS: Readonly<Record<string, (effect: Effect) => string>> = {
  probe: ({ params }) => `probe every ${formatDuration(Number(params.everyUs))}`,
  probeAgain: ({ params }) =>
    `probe ${params.page === undefined ? 'again' : `url ${Number(params.page) + 1}`} in ${formatDuration(Number(params.afterUs))}`,
  expectProbe: ({ params }) =>
    params.outcome === null ? 'expect nothing' : `expect ${String(params.outcome)}`,
};
