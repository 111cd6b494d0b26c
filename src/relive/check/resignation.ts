/** A backup that hears its master resign acts when its skew is over. */
import { formatDuration } from '../time.ts';
import { roleOf } from '../words.ts';
import { Deadlines, type Invariant, type Report } from './invariant.ts';

const LATE_US = 1_000_000;

export function resignation(report: Report): Invariant {
  const deadlines = new Deadlines(report);
  return {
    row({ row, before }) {
      const { actor, event } = row;
      if (!actor.startsWith('vrrp/') || row.kind === 'note') return;
      const watch = row.effects.find(({ type }) => type === 'watchMaster');
      const isAnswered =
        watch !== undefined ||
        row.kind === 'crash' ||
        roleOf(row.state) !== 'backup' ||
        row.effects.some(({ type }) => type === 'stopWatching' || type === 'adjustWatch') ||
        event.type === 'master.silent' ||
        (event.type === 'advert.received' && event.priority !== 0);
      if (isAnswered) deadlines.met(actor, row.monoUs);
      const isResigned = event.type === 'advert.received' && event.priority === 0;
      if (!isResigned || watch === undefined || before === null || roleOf(before) !== 'backup') return;
      const skewUs = Number(watch.params.allowedUs);
      deadlines.await(
        actor,
        row,
        skewUs + LATE_US,
        (us) =>
          `${String(event.source)} resigned, and for ${formatDuration(us)} nobody took over; the skew is ${formatDuration(skewUs)}`,
      );
    },
    finish: (monoUs) => deadlines.finish(monoUs),
    forget: () => deadlines.forget(),
  };
}
