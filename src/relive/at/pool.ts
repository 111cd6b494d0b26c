/** Virtual servers at an instant: their real servers, what these weigh, and what checks them. */
import type { JsonObject } from '../../protocol/json.ts';
import { protocolPath, quietStateInWords, regions } from '../words.ts';
import type { ActorAt } from './gather.ts';

const HEAD = ['virtual server', 'real server', 'state', 'weight', 'checks'];

/** Of one kind of actor: its short name. */
const nameOf = ({ actor }: ActorAt): string => actor.replace(/^[a-z]+\//, '');

/** A line for each virtual server and for each of its real servers; no line at all without any. */
export function poolTable(actors: readonly ActorAt[]): string[][] {
  const servers = actors.filter(({ actor }) => actor.startsWith('virtual/'));
  const reals = actors.filter(({ actor }) => actor.startsWith('real/'));
  if (servers.length === 0 && reals.length === 0) return [];
  const checks = new Map(actors.filter(isCheck).map((check) => [check.actor, check]));
  const known = new Map(reals.map((real) => [real.actor, real]));
  const rows = servers.flatMap((server) => [
    serverRow(server, known),
    ...membersOf(server).flatMap((member) => {
      const real = known.get(member.actor);
      known.delete(member.actor);
      return real === undefined ? [] : [realRow(real, weightIn(server, member.place), checks)];
    }),
  ]);
  // A filter may have left out the server that they belong to.
  const others = servers.length > 0 ? [] : [...known.values()].map((real) => realRow(real, null, checks));
  return [HEAD, ...rows, ...others];
}

const isCheck = ({ actor }: ActorAt): boolean => actor.startsWith('checker/');

function membersOf({ context }: ActorAt): readonly { readonly actor: string; readonly place: number }[] {
  const reals = (context.input as JsonObject | undefined)?.realServers;
  return Array.isArray(reals)
    ? reals.map((real, place) => ({ actor: String((real as JsonObject).actor), place }))
    : [];
}

/** Weights stand in blocks of 64; below 0: it is down. */
function weightIn({ context }: ActorAt, place: number): number | null {
  const block = context[`weights${Math.floor(place / 64)}`];
  const weight = Array.isArray(block) ? block[place % 64] : undefined;
  return typeof weight === 'number' && weight >= 0 ? weight : null;
}

function serverRow(server: ActorAt, reals: ReadonlyMap<string, ActorAt>): string[] {
  const { context, state } = server;
  const input = context.input as JsonObject | undefined;
  const members = membersOf(server);
  const alive = members.filter(({ place }) => weightIn(server, place) !== null).length;
  const quorum = `quorum ${regions(state).get('quorum') ?? '?'}`;
  const known = members.filter(({ actor }) => reals.has(actor)).length;
  const doubt = known < members.length ? `, ${members.length - known} not shown` : '';
  const needs = `${String(context.liveWeight ?? '?')} of ${String(input?.quorum ?? '?')}`;
  return [nameOf(server), `${alive} of ${members.length} alive${doubt}`, quorum, needs, tableOf(server)];
}

function tableOf({ state }: ActorAt): string {
  const table = regions(state).get('table') ?? '?';
  return table === 'observed' ? 'no IPVS table' : `table ${table}`;
}

function realRow(real: ActorAt, weight: number | null, checks: ReadonlyMap<string, ActorAt>): string[] {
  const checkers = (real.context.input as JsonObject | undefined)?.checkers;
  const words = (Array.isArray(checkers) ? checkers : []).map((each) => {
    const actor = String((each as JsonObject).actor);
    return checkWords(actor, checks.get(actor));
  });
  const name = nameOf(real).split('/').at(-1) ?? '';
  return [
    '',
    name,
    protocolPath(real.state),
    weight === null ? '-' : String(weight),
    words.join('; ') || '-',
  ];
}

/** `HTTP_GET failing: L7STS, status 503`. */
function checkWords(actor: string, check: ActorAt | undefined): string {
  const number = actor.split('/').at(-1) ?? '';
  if (check === undefined) return `check ${number}`;
  const kind = String((check.context.input as JsonObject | undefined)?.kind ?? `check ${number}`);
  const last = check.context.last as JsonObject | null | undefined;
  const said = last === null || last === undefined ? '' : `: ${String(last.code)}${detail(last)}`;
  return `${kind} ${quietStateInWords(check.state)}${said}`;
}

const detail = ({ detail: text }: JsonObject): string =>
  text === undefined || text === '' ? '' : `, ${String(text)}`;
