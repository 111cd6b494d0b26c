/** Checkers in keepalived_check.data, with keepalived's labels. */
import { exitStatusOf } from '../../effects/misc-check.ts';
import type { ActorView } from '../../engine/engine.ts';
import type { CheckerContext } from '../../machines/checker/checker.context.ts';
import type { CheckerInput, CheckPlan, ProbePath, UdpProbe } from '../../machines/checker/checker.input.ts';
import { isFollowing } from '../../machines/checker/checker.input.ts';
import type { HttpPage, HttpProbe } from '../../machines/http-checker/http-probe.ts';
import type { RealServerContext } from '../../machines/real-server/real-server.context.ts';
import { timestamp } from '../logger.ts';
import { type Identify, identityText } from './data-notify.ts';
import { MILLISECOND_US, SECOND_US, yesNo } from './words.ts';

export interface CheckerFacts {
  readonly view: ActorView;
  readonly names: { readonly service: string; readonly server: string };
  readonly isEnabled: boolean;
  readonly real: RealServerContext | undefined;
  readonly identify: Identify;
  readonly warmupUs: number;
  /** What its probes have come to; null: it does not probe. */
  readonly probes: ProbeFacts | null;
  /** virtualhost of the whole HTTP_GET or SSL_GET; null: none. */
  readonly virtualHost: string | null;
  readonly uses: RegexUses;
  /** checker_log_all_failures: keepalived has that beside the checkers' own. */
  readonly logsAll: boolean;
}

/** By `regexKey`: how many urls of the configuration have this search. */
export type RegexUses = ReadonlyMap<string, number>;

type Search = Pick<NonNullable<HttpPage['regex']>, 'pattern' | 'options'>;

/** Equal: one and the same search (keepalived). */
function regexKey({ pattern, options }: Search): string {
  return JSON.stringify([pattern, options.toSorted()]);
}

export function regexUses(inputs: readonly { readonly probe?: object }[]): RegexUses {
  const uses = new Map<string, number>();
  for (const { probe } of inputs) {
    if (probe === undefined || !('pages' in probe)) continue;
    for (const { regex } of (probe as HttpProbe).pages) {
      if (regex === null) continue;
      const key = regexKey(regex);
      uses.set(key, (uses.get(key) ?? 0) + 1);
    }
  }
  return uses;
}

export interface ProbeFacts {
  /** Probes that have ended. */
  readonly runs: number;
  /** When the last one of those began (Unix time); null: there was none. */
  readonly beganUs: number | null;
  /** Also of one that was expected, of which its actor does not hear. */
  readonly last: { readonly detail: string } | null;
}

/** keepalived's delay of those kinds that have another one. */
const DEFAULT_RETRY_US: Readonly<Record<string, number>> = {
  http: 3 * SECOND_US,
  ssl: 3 * SECOND_US,
  dns: 0,
};

const set = (value: boolean): string => (value ? 'set' : 'unset');

export function checkerLines(facts: CheckerFacts): string[] {
  const { view, names, isEnabled, real, warmupUs } = facts;
  const { input, retriesUsed, last } = view.context as unknown as CheckerContext;
  const { probe } = input;
  const isUp = real?.failed.includes(input.actor) === false;
  const word = real?.weightWords[input.actor];
  const weight = word === undefined ? 0 : 'is' in word ? word.is - (real?.input.weight ?? 0) : word.adds;
  return [
    ` ${names.service} -> ${names.server}`,
    `   Enabled = ${yesNo(isEnabled)}`,
    `   Up = ${yesNo(isUp)}`,
    `   Has run = ${yesNo(last !== null || isFollowing(probe))}`,
    `   Current weight = ${weight}`,
    ...(probe.kind === 'file' ? [] : paceLines(input, iterations(view, input, retriesUsed), warmupUs)),
    `   Log all failures = ${yesNo(input.logAllFailures && !facts.logsAll)}`,
    ...('origin' in probe ? connectionLines(probe) : []),
    ...methodLines(probe, { ...facts, input, last }),
  ];
}

/** keepalived: while a page has failed the count stays where it ended. */
function iterations(view: ActorView, input: CheckerInput, retriesUsed: number): number {
  return 'pages' in input.probe && view.state === 'failing' ? input.retry + 1 : retriesUsed;
}

function paceLines(input: CheckerInput, retriesUsed: number, warmupUs: number): string[] {
  const { kind } = input.probe;
  const usual = DEFAULT_RETRY_US[kind] ?? SECOND_US;
  return [
    `   Alpha = ${yesNo(input.alpha)}`,
    `   Delay loop = ${input.delayLoopUs} us`,
    `   Warmup = ${warmupUs} us`,
    `   Retries = ${input.retry}`,
    ...(input.retry > 0
      ? [`   Delay before retry = ${input.delayBeforeRetryUs} us`, `   Retries iterations = ${retriesUsed}`]
      : []),
    `   Default delay before retry = ${usual} us`,
  ];
}

function connectionLines({ address, port, origin, timeoutUs }: Omit<ProbePath, 'kind'>): string[] {
  const { source, sourcePort, device, mark } = origin;
  return [
    '   Connection',
    `     Dest = [${address}]:${port}`,
    ...(source === '' ? [] : [`     Bind to = [${source}]:${sourcePort}`]),
    ...(device === '' ? [] : [`     Bind i/f = ${device}`]),
    ...(mark === 0 ? [] : [`     Mark = ${mark}`]),
    `     Timeout = ${(timeoutUs / SECOND_US).toFixed(6)}`,
  ];
}

interface Known extends Pick<CheckerFacts, 'identify' | 'probes' | 'virtualHost' | 'uses'> {
  readonly input: CheckerInput;
  readonly last: CheckerContext['last'];
}

function methodLines(probe: CheckPlan, known: Known): string[] {
  const method = (name: string): string => `   Keepalive method = ${name}_CHECK`;
  switch (probe.kind) {
    case 'http':
    case 'ssl':
      return pageLines(probe, known);
    case 'smtp':
      return [method('SMTP'), `   helo = ${probe.heloName}`];
    case 'dns':
      return [method('DNS'), `   Type = ${probe.type}`, `   Name = ${probe.name === '' ? '.' : probe.name}`];
    case 'udp':
      return [method('UDP'), ...udpLines(probe)];
    case 'misc':
      return [
        method('MISC'),
        `   script = ${probe.command.map((word) => `'${word}'`).join(' ')}`,
        `   timeout = ${Math.floor(probe.timeoutUs / SECOND_US)}`,
        `   dynamic = ${probe.dynamic ? 'YES' : 'NO'}`,
        `   uid:gid = ${identityText({ user: probe.user, group: probe.group }, known.identify)}`,
        `   Last ran = ${lastRan(known.probes?.beganUs ?? 0)}`,
        `   Last status = ${exitStatusOf(known.probes?.last ?? null)}`,
      ];
    case 'ping':
      return [method('PING'), `     ICMP seq no = ${known.probes?.runs ?? 0}`];
    case 'file':
      return [
        method('FILE'),
        `     Tracked file = ${probe.tracker.split('/').slice(2).join('/')}`,
        '     Reloaded = No',
      ];
    case 'bfd':
      return [
        method('BFD'),
        `   Name = ${probe.tracker.split('/').slice(2).join('/')}`,
        `   Alpha is ${known.input.alpha ? 'ON' : 'OFF'}`,
      ];
    default:
      return [method(probe.kind.toUpperCase())];
  }
}

/** `1795849436.663073 (Sat Nov 28 07:03:56 2026.663073)` */
function lastRan(us: number): string {
  const micros = String(us % SECOND_US).padStart(6, '0');
  const date = timestamp(new Date(us / MILLISECOND_US));
  return `${Math.floor(us / SECOND_US)}.${micros} (${date}.${micros})`;
}

function udpLines({ payload, reply }: UdpProbe): string[] {
  return [
    payload === null ? '   Payload specified = no' : `   Payload len = ${payload.length / 2}`,
    `   Require reply = ${yesNo(reply !== null)}`,
    ...(reply === null
      ? []
      : [
          `     Min reply length = ${reply.leastBytes}`,
          `     Max reply length = ${reply.mostBytes}`,
          `     Reply data len = ${reply.pattern.length / 2}`,
          ...(reply.pattern === '' ? [] : [`     Reply data mask = ${yesNo(/x/i.test(reply.pattern))}`]),
        ]),
  ];
}

function pageLines(probe: HttpProbe, { last, virtualHost, uses }: Known): string[] {
  const isSecure = probe.kind === 'ssl';
  const failed = last !== null && last.outcome === 'failed' && 'page' in last ? Number(last.page) : null;
  return [
    `   Keepalive method = ${isSecure ? 'SSL' : 'HTTP'}_GET, http protocol ${probe.protocol}`,
    ...(virtualHost === null ? [] : [`   Virtualhost = ${virtualHost}`]),
    `   Enable SNI ${set(probe.pages.some(({ serverName }) => serverName !== ''))}`,
    `   Fast recovery ${set(probe.fastRecovery)}`,
    ...(isSecure ? [`   tls_compliant ${set(probe.pages.some(({ endsCleanly }) => endsCleanly))}`] : []),
    ...probe.pages.flatMap((page) => urlLines(page, uses)),
    ...(failed === null ? [] : [`   Failed URL = ${probe.pages[failed]?.path ?? ''}`]),
  ];
}

function urlLines(page: HttpPage, uses: RegexUses): string[] {
  const { regex } = page;
  const codes = page.statuses.toSorted((one, other) => one.from - other.from);
  return [
    `   Checked url = ${page.path}`,
    ...(page.digest === '' ? [] : [`     digest = ${page.digest}`]),
    // keepalived's line of those that are fetched in clear, too.
    `     tls_compliant ${set(page.endsCleanly)}`,
    '     HTTP Status Code(s)',
    ...codes.map(({ from, to }) => `       ${from === to ? from : `${from}-${to}`}`),
    ...(page.ownHost === '' ? [] : [`     Virtual host = ${page.ownHost}`]),
    ...(regex === null
      ? []
      : [
          `     Regex = "${regex.pattern}"`,
          ...(regex.noMatch ? ['     Regex no match'] : []),
          ...offsetLines(regex),
          `     Regex options:${regex.options.map((option) => ` ${option}`).join('')}`,
          `     Regex ref count = ${uses.get(regexKey(regex)) ?? 0}`,
        ]),
  ];
}

function offsetLines({ minOffset, maxOffset }: NonNullable<HttpPage['regex']>): string[] {
  if (minOffset === 0 && maxOffset === null) return [];
  const most = maxOffset === null ? '' : `, max_offset = ${maxOffset}`;
  return [`     Regex min offset = ${minOffset}${most}`];
}
