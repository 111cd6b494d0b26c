/** A node at an instant as tables for people, and as everything that is known of each actor. */
import type { Json, JsonObject } from '../../protocol/json.ts';
import { coloured, colouredRole, table } from '../output.ts';
import { formatDuration, formatWall } from '../time.ts';
import { resultInWords } from '../tracker-words.ts';
import { actorName, protocolPath, quietStateInWords, roleOf, stateInWords } from '../words.ts';
import type { Advert } from './adverts.ts';
import type { ActorAt, NodeAt } from './gather.ts';
import { poolTable } from './pool.ts';
import type { RunningTimer } from './timers.ts';

/** @param raw every actor with its whole context instead of tables */
export function nodeLines(at: NodeAt, utc: boolean, raw: boolean): string[] {
  const { node, wallUs, seq, epoch, processEnded, actors } = at;
  const where =
    seq === 0
      ? 'before its history begins'
      : `@${seq}, process ${epoch?.pid ?? '?'} (start ${epoch?.epoch ?? '?'})`;
  const lines = [`${coloured('bold', node)}  ${formatWall(wallUs, utc)}  ${where}`];
  if (processEnded === 'stopped') lines.push('  relived had been stopped');
  if (processEnded === 'without a stop')
    lines.push(`  ${coloured('red', 'the process had ended without a stop')}; its last state was:`);
  if (raw) lines.push(...actors.flatMap((actor) => rawLines(actor)));
  else lines.push(...tableLines(at));
  return lines;
}

function tableLines({ actors, wallUs }: NodeAt): string[] {
  const of = (kind: string): readonly ActorAt[] => actors.filter(({ actor }) => actor.startsWith(`${kind}/`));
  const known = ['vrrp', 'group', 'tracker', 'bfd', 'virtual', 'real', 'checker', 'static'];
  const others = actors.filter(({ actor }) => !known.includes(actor.split('/')[0] ?? ''));
  const tables = [
    instanceTable(of('vrrp'), wallUs),
    titled(['sync group', 'state', 'members'], of('group').map(groupRow)),
    titled(
      ['BFD session', 'state', 'last packets', 'timers'],
      of('bfd').map((each) => bfdRow(each, wallUs)),
    ),
    titled(['tracker', 'state', 'last result', 'means', 'timers'], of('tracker').map(trackerRow)),
    poolTable(actors),
    titled(['objects', 'state', 'holds', 'pending'], of('static').map(staticRow)),
    titled(
      ['other', 'state'],
      others.map(({ actor, state }) => [actor, protocolPath(state)]),
    ),
  ].filter((rows) => rows.length > 0);
  const doubts = actors.filter(({ uncertain }) => uncertain).map(({ actor }) => actorName(actor));
  const doubt = `changes were lost before this; what is said of these may be out of date: ${doubts.join(', ')}`;
  return [
    ...(doubts.length > 0 ? [`  ${coloured('yellow', doubt)}`] : []),
    ...tables.flatMap((rows, i) => [...(i > 0 ? [''] : []), ...table(rows).map((line) => `  ${line}`)]),
  ];
}

const titled = (head: readonly string[], rows: readonly string[][]): string[][] =>
  rows.length === 0 ? [] : [[...head], ...rows];

const dash = (words: readonly string[]): string => words.join(', ') || '-';

function instanceTable(actors: readonly ActorAt[], wallUs: number): string[][] {
  const head = ['instance', 'state', 'priority', 'follows', 'last adverts', 'timers', 'holds', 'pending'];
  const rows = actors.map((actor) => {
    const { state, held, heldRoutes, pending } = actor;
    const objects = heldRoutes.length > 0 ? [...held, `${heldRoutes.length} routes and rules`] : held;
    return [
      actorName(actor.actor),
      colouredRole(roleOf(state), stateWords(actor)),
      priorityWords(actor),
      followsWords(actor),
      advertWords(actor.adverts, wallUs),
      timerWords(actor.timers),
      dash(objects),
      dash(pending),
    ];
  });
  return titled(head, rows);
}

/** `fault: link, script/chk`. */
function stateWords({ state, context }: ActorAt): string {
  const reasons = Array.isArray(context.faultReasons) ? context.faultReasons.map(short) : [];
  const path = protocolPath(state);
  return reasons.length > 0 ? `${path}: ${reasons.join(', ')}` : path;
}

const short = (actor: Json): string => String(actor).replace(/^(tracker|vrrp|real|virtual)\//, '');

/** `90 of 150` where something has changed it. */
function priorityWords({ context }: ActorAt): string {
  const base = (context.input as JsonObject | undefined)?.priority;
  const now = context.effectivePriority;
  return now === base || base === undefined ? String(now ?? '?') : `${String(now)} of ${String(base)}`;
}

function followsWords({ context }: ActorAt): string {
  const master = context.master as JsonObject | null | undefined;
  return master === null || master === undefined
    ? '-'
    : `${String(master.source)} ${String(master.priority)}`;
}

/** Of every router that was heard lately. */
function advertWords(adverts: readonly Advert[], wallUs: number): string {
  const heard = adverts.filter(({ direction }) => direction === 'received');
  return dash(
    heard.map(
      ({ source, priority, wallUs: atUs }) =>
        `${source} ${priority} ${formatDuration(Math.max(0, wallUs - atUs))} before`,
    ),
  );
}

function timerWords(timers: readonly RunningTimer[]): string {
  return dash(
    timers.map(({ name, leftUs }) => {
      const timer = name.replace(/^[a-z]+\./, '');
      return leftUs === null ? `${timer} in ?` : `${timer} in ${formatDuration(leftUs)}`;
    }),
  );
}

function groupRow({ actor, state, context }: ActorAt): string[] {
  const standings = Object.entries((context.standings ?? {}) as JsonObject);
  const words = standings.map(([member, standing]) => `${short(member)} ${String(standing)}`);
  return [actor.replace(/^group\//, ''), protocolPath(state), dash(words)];
}

function bfdRow({ actor, state, adverts, timers }: ActorAt, wallUs: number): string[] {
  const heard = adverts.filter(({ direction }) => direction === 'received');
  const packets = heard.map(
    ({ source, wallUs: atUs }) => `${source} ${formatDuration(Math.max(0, wallUs - atUs))} before`,
  );
  return [actor.replace(/^bfd\//, ''), protocolPath(state), dash(packets), timerWords(timers)];
}

function trackerRow({ actor, state, context, timers }: ActorAt): string[] {
  const last = context.last as JsonObject | null | undefined;
  const told = Object.entries((context.told ?? {}) as Record<string, JsonObject>);
  const means = told.map(([follower, { weight, fault }]) => {
    const number = Number(weight);
    return `${short(follower)} ${fault === true ? 'fault' : `${number >= 0 ? '+' : ''}${number}`}`;
  });
  const result = last === null || last === undefined ? '-' : resultInWords(last);
  return [short(actor), quietStateInWords(state), result, dash(means), timerWords(timers)];
}

function staticRow({ actor, state, held, heldRoutes, pending }: ActorAt): string[] {
  return [actor, protocolPath(state), dash([...held, ...heldRoutes]), dash(pending)];
}

function rawLines(actor: ActorAt): string[] {
  const { state, context, machine, uncertain } = actor;
  const title = `  ${actorName(actor.actor)}  ${colouredRole(roleOf(state), stateInWords(state))}  ${machine ?? ''}`;
  const { input, ...learned } = context;
  const facts: [string, string][] = Object.entries(learned).map(([key, value]) => [
    key,
    JSON.stringify(value),
  ]);
  if (input !== undefined) facts.push(['input', JSON.stringify(input)]);
  const doubt = uncertain
    ? [`    ${coloured('yellow', 'changes were lost before this: the context may be out of date')}`]
    : [];
  return [title, ...doubt, ...table(facts).map((line) => `    ${line}`)];
}
