/** What a sync group knows of its members. */
import type { MemberStanding } from '../signals.ts';
import type { GroupState, SyncGroupEvent, SyncGroupInternalEvent } from './sync-group.events.ts';
import type { SyncGroupInput } from './sync-group.input.ts';

export type SyncGroupContext = {
  readonly input: SyncGroupInput;
  /** What each member said last of itself; one that has said nothing is not in it. */
  readonly standings: Readonly<Record<string, MemberStanding>>;
  /** What people and programs were told last. */
  readonly told: GroupState | null;
};

export function initialContext(input: SyncGroupInput): SyncGroupContext {
  return { input, standings: {}, told: null };
}

type AnyEvent = SyncGroupEvent | SyncGroupInternalEvent;
type Standings = SyncGroupContext['standings'];

function saidBy(event: AnyEvent): { readonly member: string; readonly standing: MemberStanding } | null {
  if (event.type === 'member.reported') return event;
  if (event.type === 'member.claimed') return { member: event.member, standing: 'willing' };
  return event.type === 'member.resigned' ? { member: event.member, standing: 'backup' } : null;
}

/** The standings after a fact. Strangers do not count. */
export function standingsAfter({ input, standings }: SyncGroupContext, event: AnyEvent): Standings {
  const said = saidBy(event);
  if (said === null || !input.members.includes(said.member)) return standings;
  return standings[said.member] === said.standing
    ? standings
    : { ...standings, [said.member]: said.standing };
}

function list({ input, standings }: SyncGroupContext): readonly (MemberStanding | undefined)[] {
  return input.members.map((member) => standings[member]);
}

export function hasFault(context: SyncGroupContext): boolean {
  return list(context).some((standing) => standing === 'fault' || standing === 'crashed');
}

/** A reload: a member that could not take part so far, or has begun anew under its name, now can. */
export function isNewcomer({ input, standings }: SyncGroupContext, event: AnyEvent): boolean {
  if (event.type !== 'member.reported' || !input.members.includes(event.member)) return false;
  const isReady = event.standing === 'backup' || event.standing === 'willing';
  return isReady && (standings[event.member] ?? 'initialize') === 'initialize';
}

/** A member that has not said anything, or does not know yet. */
export function isIncomplete(context: SyncGroupContext): boolean {
  return list(context).some((standing) => standing === undefined || standing === 'initialize');
}

/** keepalived: master only when everyone wants to be. */
export function agrees(context: SyncGroupContext): boolean {
  return list(context).every((standing) => standing === 'willing');
}

export function hasEnded(context: SyncGroupContext): boolean {
  return list(context).every((standing) => standing === 'ended' || standing === 'crashed');
}

/** Nobody is taken for willing any more because it was before. */
export function unwilling({ standings }: SyncGroupContext): Standings {
  const changed = Object.entries(standings).map(
    ([member, standing]) => [member, standing === 'willing' ? 'backup' : standing] as const,
  );
  return Object.fromEntries(changed);
}

/** Of these others said it who had their names. */
export function standingsWithout({ standings }: SyncGroupContext, members: readonly string[]): Standings {
  return Object.fromEntries(Object.entries(standings).filter(([member]) => !members.includes(member)));
}

/** A reload: what strangers said is forgotten. */
export function standingsOf({ standings }: SyncGroupContext, input: SyncGroupInput): Standings {
  return Object.fromEntries(Object.entries(standings).filter(([member]) => input.members.includes(member)));
}
