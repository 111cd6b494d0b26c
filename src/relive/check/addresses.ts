/** A master has its addresses, and nobody else has. */
import { formatDuration } from '../time.ts';
import { regions, roleOf } from '../words.ts';
import { Deadlines, type Invariant, type Report } from './invariant.ts';

/** The kernel answers within milliseconds; a busy machine within seconds. */
const SETTLED_US = 10_000_000;

export function addresses(report: Report): Invariant {
  const deadlines = new Deadlines(report);
  return {
    row({ row }) {
      const { actor, monoUs } = row;
      if (!actor.startsWith('vrrp/') || row.kind === 'note') return;
      const [without, held] = [`without ${actor}`, `held ${actor}`];
      const region = regions(row.state).get('addresses') ?? '';
      const isMaster = row.kind !== 'crash' && roleOf(row.state) === 'master';
      if (isMaster && region !== 'held') {
        deadlines.await(
          without,
          row,
          SETTLED_US,
          (us) => `master without all of its addresses for ${formatDuration(us)} (${region})`,
        );
      } else deadlines.met(without, monoUs);
      const isFree = region === 'absent' || region === 'unknown' || region === '';
      if (!isMaster && !isFree && row.kind !== 'crash') {
        const role = roleOf(row.state);
        deadlines.await(
          held,
          row,
          SETTLED_US,
          (us) => `${role}, and its addresses not known to be gone for ${formatDuration(us)} (${region})`,
        );
      } else deadlines.met(held, monoUs);
    },
    finish: (monoUs) => deadlines.finish(monoUs),
    forget: () => deadlines.forget(),
  };
}
