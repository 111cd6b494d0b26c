/** An instance in FAULT has a reason for it, and one without reasons leaves it. */
import { formatDuration } from '../time.ts';
import { roleOf } from '../words.ts';
import { Deadlines, type Invariant, list, type Report } from './invariant.ts';

const SETTLED_US = 5_000_000;

export function faults(report: Report): Invariant {
  const deadlines = new Deadlines(report);
  const reasons = new Map<string, number>();
  return {
    resume: ({ actor, context }) => reasons.set(actor, list(context.faultReasons).length),
    row({ row }) {
      const { actor, monoUs } = row;
      if (!actor.startsWith('vrrp/') || row.kind === 'note') return;
      if (row.delta.faultReasons !== undefined) reasons.set(actor, list(row.delta.faultReasons).length);
      if (row.kind !== 'crash' && roleOf(row.state) === 'fault' && reasons.get(actor) === 0)
        deadlines.await(
          actor,
          row,
          SETTLED_US,
          (us) => `in fault for ${formatDuration(us)} without any reason for it`,
        );
      else deadlines.met(actor, monoUs);
    },
    finish(monoUs) {
      deadlines.finish(monoUs);
      reasons.clear();
    },
    forget: () => deadlines.forget(),
  };
}
