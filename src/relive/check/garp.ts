/** Who gains addresses tells the LAN: gratuitous ARP at once, and again after the configured delay. */
import type { JsonObject } from '../../protocol/json.ts';
import { formatDuration } from '../time.ts';
import { regions, roleOf } from '../words.ts';
import { Deadlines, type Invariant, inputOf, list, object, type Report } from './invariant.ts';

const LATE_US = 2_000_000;

interface Plan {
  readonly repeat: number;
  readonly delayUs: number;
  readonly hasAddresses: boolean;
}

function planOf(input: JsonObject): Plan {
  return {
    repeat: Number(input.garpMasterRepeat ?? 0),
    delayUs: Number(input.garpMasterDelayUs ?? 0),
    hasAddresses: list(input.addresses).length > 0,
  };
}

export function garp(report: Report): Invariant {
  const deadlines = new Deadlines(report);
  const plans = new Map<string, Plan>();
  return {
    resume: ({ actor, context }) => plans.set(actor, planOf(object(context.input))),
    row({ row, before }) {
      const { actor, monoUs } = row;
      if (!actor.startsWith('vrrp/') || row.kind === 'note') return;
      const input = inputOf(row);
      if (input !== null) plans.set(actor, planOf(input));
      const plan = plans.get(actor);
      const [first, second] = [`first ${actor}`, `second ${actor}`];
      if (row.event.type === 'self.stalled')
        for (const key of [first, second]) deadlines.postpone(key, Number(row.event.stalledUs));
      const isMaster = row.kind !== 'crash' && roleOf(row.state) === 'master';
      // With another configuration other delays may hold.
      if (!isMaster || input !== null) {
        deadlines.met(first, monoUs);
        deadlines.met(second, monoUs);
      }
      if (!isMaster || plan === undefined || plan.repeat === 0 || !plan.hasAddresses) return;
      const [was, is] = [
        before === null ? '' : regions(before).get('addresses'),
        regions(row.state).get('addresses'),
      ];
      const gained = was === 'adding' && is === 'held';
      if (gained)
        deadlines.await(
          first,
          row,
          LATE_US,
          (us) => `gained its addresses and sent no gratuitous ARP for ${formatDuration(us)}`,
        );
      if (!row.effects.some(({ type }) => type === 'sendGratuitousArps')) return;
      deadlines.met(first, monoUs);
      deadlines.met(second, monoUs);
      if (gained && plan.delayUs > 0)
        deadlines.await(
          second,
          row,
          plan.delayUs + LATE_US,
          (us) =>
            `no second burst of gratuitous ARP within ${formatDuration(us)}; garp_master_delay is ${formatDuration(plan.delayUs)}`,
        );
    },
    finish: (monoUs) => deadlines.finish(monoUs),
    forget: () => deadlines.forget(),
  };
}
