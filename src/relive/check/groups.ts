/** The members of a sync group are master together, or none is. */

import { formatDuration } from '../time.ts';
import { actorName, roleOf } from '../words.ts';
import { Deadlines, type Invariant, inputOf, list, object, type Place, type Report } from './invariant.ts';

/** A group settles within a Master_Down_Interval of its slowest member and a little. */
const INTERVALS = 4;
const LATE_US = 2_000_000;

export function groups(report: Report): Invariant {
  const deadlines = new Deadlines(report);
  const members = new Map<string, readonly string[]>();
  const groupOf = new Map<string, string>();
  const roles = new Map<string, string>();
  const intervals = new Map<string, number>();
  const configured = (group: string, names: readonly string[]): void => {
    members.set(group, names);
    for (const name of names) groupOf.set(name, group);
  };
  const judge = (group: string, place: Place): void => {
    const known = (members.get(group) ?? []).filter((name) => roles.has(name));
    const masters = known.filter((name) => roles.get(name) === 'master');
    if (masters.length === 0 || masters.length === known.length) {
      deadlines.met(group, place.monoUs);
      return;
    }
    const slowestUs = Math.max(0, ...known.map((name) => intervals.get(name) ?? 1_000_000));
    const told = known.map((name) => `${actorName(name)} ${roles.get(name)}`).join(', ');
    deadlines.await(
      group,
      { ...place, actor: group },
      INTERVALS * slowestUs + LATE_US,
      (us) => `members disagreed for ${formatDuration(us)}, at first ${told}`,
    );
  };
  return {
    resume({ actor, state, context }) {
      const input = object(context.input);
      if (actor.startsWith('group/')) configured(actor, list(input.members).map(String));
      if (!actor.startsWith('vrrp/')) return;
      roles.set(actor, roleOf(state));
      intervals.set(actor, Number(input.advertIntervalUs ?? 1_000_000));
    },
    row({ row }) {
      const { actor } = row;
      const input = inputOf(row);
      if (actor.startsWith('group/') && input !== null) configured(actor, list(input.members).map(String));
      if (!actor.startsWith('vrrp/') || row.kind === 'note') return;
      if (input !== null) intervals.set(actor, Number(input.advertIntervalUs ?? 1_000_000));
      const role = row.kind === 'crash' ? 'crashed' : roleOf(row.state);
      if (roles.get(actor) === role) return;
      if (row.event.type === 'instance.removed') roles.delete(actor);
      else roles.set(actor, role);
      const group = groupOf.get(actor);
      if (group !== undefined) judge(group, row);
    },
    finish(monoUs) {
      deadlines.finish(monoUs);
      for (const map of [members, groupOf, roles, intervals]) map.clear();
    },
    forget: () => deadlines.forget(),
  };
}
