/** Virtual servers, their groups and their real servers in keepalived_check.data, with keepalived's labels. */
import {
  checkActors,
  type NamedRealServer,
  type NamedVirtualServer,
  namedVirtualServers,
} from '../../config/actors/checks.ts';
import type { ConfigTree } from '../../config/model.ts';
import { isRange } from '../../config/registry/lvs/group-line.ts';
import type { LvsMethod } from '../../config/registry/lvs/method.ts';
import { allAtOnce } from '../../config/steps.ts';
import type { ActorView } from '../../engine/engine.ts';
import { type RealServerContext, weightOf } from '../../machines/real-server/real-server.context.ts';
import type { VirtualServerContext } from '../../machines/virtual-server/virtual-server.context.ts';
import { checkerLines, type ProbeFacts, regexUses } from './data-checker.ts';
import { type Identify, identityText } from './data-notify.ts';
import { commandText } from './object-text.ts';
import { exactSeconds, SECOND_US, yesNo } from './words.ts';

export interface CheckFacts {
  readonly tree: ConfigTree;
  /** What runs under this id; null: nothing does. */
  readonly observe: (id: string) => ActorView | null;
  /** The number in a tracked file. */
  readonly fileValue: (name: string) => number;
  readonly identify: Identify;
  /** What the probes of a checker have come to; null: it does not probe. */
  readonly probes: (id: string) => ProbeFacts | null;
  /** Whether the kernel's table is driven. */
  readonly isDriven: boolean;
  /** Whether the configuration in force came by a reload. */
  readonly isReloaded: boolean;
}

/** Of the interface of the Linux kernel (IP_VS_VERSION_CODE), which has not changed since. */
const IPVS_VERSION = '1.2.1';

const onOff = (value: boolean): string => (value ? 'ON' : 'OFF');
const abled = (value: boolean): string => (value ? 'enabled' : 'disabled');
const given = (label: string, value: unknown): string[] =>
  value === null || value === undefined ? [] : [`   ${label} = ${value}`];
const seconds = (us: number | null): string | null => (us === null ? null : exactSeconds(us));

export function topologyLines(facts: CheckFacts): string[] {
  const servers = namedVirtualServers(facts.tree);
  if (servers.length === 0) return [];
  return [
    ` System is compiled with LVS v${IPVS_VERSION}`,
    ...facts.tree.virtual_server_group.flatMap((group) => groupLines(group, servers, facts)),
    ...servers.flatMap((server) => virtualServerLines(server, facts)),
  ];
}

/** Every checker, in the order of the file. */
export function healthLines({ tree, observe, identify, probes }: CheckFacts): string[] {
  const actors = allAtOnce(checkActors({ tree }));
  const warmups = new Map(actors.map((actor) => [actor.id, warmupOf(actor)]));
  const uses = regexUses(actors.map(({ input }) => input));
  const logsAll = tree.global_defs[0]?.checker_log_all_failures === true;
  return namedVirtualServers(tree).flatMap((server) => {
    const isHeldBack = String(regionOf(observe(server.id), 'checks')) === 'suspended';
    return server.reals.flatMap((real) => {
      const context = observe(real.id)?.context as RealServerContext | undefined;
      const virtualHosts = virtualHostsOf(real);
      return (context?.input.checkers ?? []).flatMap(({ actor }) => {
        const view = observe(actor);
        if (view === null) return [];
        const names = { service: server.name, server: real.name };
        const { kind } = probeOf(view);
        return checkerLines({
          ...{ view, names, isEnabled: !isHeldBack, real: context, identify },
          ...{ warmupUs: warmups.get(actor) ?? 0, probes: probes(actor) },
          ...{ virtualHost: virtualHosts[kind]?.shift() ?? null, uses, logsAll },
        });
      });
    });
  });
}

/** Of the whole of each check of pages, by its kind, in the order of the file. */
function virtualHostsOf({ block }: NamedRealServer): Record<string, (string | null)[]> {
  const of = (checks: NamedRealServer['block']['HTTP_GET' | 'SSL_GET']) =>
    checks.filter(({ url }) => url.length > 0).map(({ virtualhost }) => virtualhost);
  return { http: of(block.HTTP_GET), ssl: of(block.SSL_GET) };
}

function warmupOf(actor: object): number {
  return 'warmupUs' in actor ? Number(actor.warmupUs) : 0;
}

function regionOf(view: ActorView | null, region: string): unknown {
  const state = view?.state;
  return state !== null && typeof state === 'object' ? (state as Record<string, unknown>)[region] : null;
}

type Group = ConfigTree['virtual_server_group'][number];

function groupLines(group: Group, servers: readonly NamedVirtualServer[], facts: CheckFacts): string[] {
  const members = servers.filter(({ block }) => block.name.by === 'group' && block.name.group === group.name);
  /** keepalived counts the servers that stand in the services of an entry. */
  const alive = (isMeant: (block: NamedVirtualServer['block']) => boolean): number =>
    members.filter(({ block }) => isMeant(block)).reduce((sum, server) => sum + standingOf(server, facts), 0);
  const ranges = group.lines.filter(isRange);
  const has = (family: 'inet' | 'inet6'): boolean =>
    group.lines.some((line) =>
      isRange(line) ? line.first.includes(':') === (family === 'inet6') : line.family === family,
    );
  const reloaded = '     reloaded = False';
  const of = (protocol: string): number => alive((block) => block.protocol === protocol);
  return [
    ' ------< Virtual server group >------',
    ` Virtual Server Group = ${group.name}, IPv4 = ${yesNo(has('inet'))}, IPv6 = ${yesNo(has('inet6'))}`,
    ...ranges.flatMap(({ first, last, port }) => [
      first === last
        ? `   VIP = ${first}, VPORT = ${port}`
        : `   VIP Range = ${first}-${last}, VPORT = ${port}`,
      `     Alive: ${of('TCP')} tcp, ${of('UDP')} udp, ${of('SCTP')} sctp`,
      reloaded,
    ]),
    ...group.lines.flatMap((line) => {
      if (isRange(line)) return [];
      const { fwmark, family } = line;
      const word = family === null ? '' : family === 'inet' ? ' IPv4' : ' IPv6';
      const of = (one: string): number => alive((block) => (family ?? block.ip_family) === one);
      return [
        `   FWMARK = ${fwmark}${word}`,
        `     Alive: ${of('inet')} IPv4, ${of('inet6')} IPv6`,
        reloaded,
      ];
    }),
  ];
}

/** Real servers, and the sorry server, in the kernel's table. */
function standingOf({ block, id, reals }: NamedVirtualServer, facts: CheckFacts): number {
  if (!facts.isDriven) return 0;
  const hasQuorum = String(regionOf(facts.observe(id), 'quorum')) === 'up';
  const hasSorry = block.sorry_server !== null;
  const standing = reals.filter((real) => stands(real, { hasQuorum, hasSorry }, facts.observe(real.id)));
  return standing.length + Number(hasSorry && (block.sorry_server_inhibit || !hasQuorum));
}

interface Pool {
  readonly hasQuorum: boolean;
  readonly hasSorry: boolean;
}

const isAlive = (view: ActorView | null): boolean => ['up', 'drained'].includes(String(view?.state));

function stands({ block }: NamedRealServer, { hasQuorum, hasSorry }: Pool, view: ActorView | null): boolean {
  return block.inhibit_on_failure || (isAlive(view) && (hasQuorum || !hasSorry));
}

function virtualServerLines({ block, id, name, reals }: NamedVirtualServer, facts: CheckFacts): string[] {
  const view = facts.observe(id);
  const context = view?.context as VirtualServerContext | undefined;
  const hasQuorum = String(regionOf(view, 'quorum')) === 'up';
  const { name: service } = block;
  const title =
    service.by === 'group'
      ? ` VS GROUP = ${name}`
      : service.by === 'fwmark'
        ? ` VS FWMARK = ${service.fwmark}`
        : ` VS VIP = ${service.address}, VPORT = ${service.port}`;
  return [
    ' ------< Virtual server >------',
    title,
    ...given('VirtualHost', block.virtualhost),
    ...(block.snmp_name === null ? [] : [`   SNMP name = '${block.snmp_name}'`]),
    `   Address family = ${block.ip_family}`,
    `   connection timeout = ${exactSeconds(block.connect_timeout)}`,
    `   delay_loop = ${exactSeconds(block.delay_loop)}`,
    ...schedulingLines(block),
    `   protocol = ${block.protocol ?? 'none'}`,
    `   alpha is ${onOff(block.alpha)}`,
    `   omega is ${onOff(block.omega)}`,
    ...given('Retry count', block.retry),
    ...given('Retry delay', seconds(block.delay_before_retry)),
    ...given('Warmup', seconds(block.warmup)),
    `   Inhibit on failure is ${onOff(block.inhibit_on_failure)}`,
    `   quorum = ${block.quorum}, hysteresis = ${block.hysteresis}`,
    ...scriptLines('Quorum', { up: block.quorum_up, down: block.quorum_down }, facts),
    ...(block.ha_suspend ? ['   Using HA suspend'] : []),
    `   Using smtp notification = ${yesNo(block.smtp_alert)}`,
    methodLine('default ', block.lvs_method),
    ...sorryLines(block, context, { hasQuorum, isDriven: facts.isDriven }),
    `   VS alive = ${Number(facts.isDriven)}`,
    `   quorum_state_up = ${Number(hasQuorum)}`,
    '   reloaded = 0',
    ...reals.flatMap((real) =>
      realServerLines(real, { hasQuorum, hasSorry: block.sorry_server !== null }, facts),
    ),
  ];
}

type Block = NamedVirtualServer['block'];

function schedulingLines(block: Block): string[] {
  const { lvs_sched: scheduler, persistence_granularity: granularity } = block;
  const flags: readonly (readonly [string, boolean])[] =
    scheduler === 'sh'
      ? [
          ['sh-port', block['sh-port'] || block['flag-2']],
          ['sh-fallback', block['sh-fallback'] || block['flag-1']],
        ]
      : scheduler === 'mh'
        ? [
            ['mh-port', block['mh-port'] || block['flag-2']],
            ['mh-fallback', block['mh-fallback'] || block['flag-1']],
          ]
        : [
            ['flag-1', block['flag-1']],
            ['flag-2', block['flag-2']],
            ['flag-3', block['flag-3']],
          ];
  const isIdle = block.ops && block.protocol !== 'UDP';
  const persistence = Math.floor(block.persistence_timeout / SECOND_US);
  return [
    `   lvs_sched = ${scheduler}`,
    `   Hashed = ${abled(block.hashed)}`,
    ...flags.map(([flag, isSet]) => `   ${flag} = ${abled(isSet)}`),
    `   One packet scheduling = ${abled(block.ops)}${isIdle ? ' (inactive due to not UDP)' : ''}`,
    ...given('persistence timeout', persistence === 0 ? null : persistence),
    ...given('persistence granularity', granularity === null ? null : granularityText(granularity)),
  ];
}

function granularityText(granularity: NonNullable<Block['persistence_granularity']>): string {
  return 'netmask' in granularity ? granularity.netmask : String(granularity.prefixLength);
}

function sorryLines(
  block: Block,
  context: VirtualServerContext | undefined,
  { hasQuorum, isDriven }: { readonly hasQuorum: boolean; readonly isDriven: boolean },
): string[] {
  if (block.sorry_server === null) return [];
  const serves = isDriven && !hasQuorum;
  return [
    `   sorry server = ${context?.input.sorryServer?.name ?? ''}`,
    methodLine('  ', block.sorry_server_lvs_method),
    `     Inhibit on failure is ${onOff(block.sorry_server_inhibit)}`,
    `     set = ${Number(isDriven && (block.sorry_server_inhibit || serves))}`,
    `     alive = ${Number(serves)}`,
  ];
}

const CHECKSUMS: Readonly<Record<string, string>> = {
  nocsum: ', no checksum',
  csum: ', checksum',
  remcsum: ', remote checksum',
};

function methodLine(prefix: string, { method, type, port, checksum }: LvsMethod): string {
  const label = 'forwarding method = ';
  if (method !== 'TUN') return `   ${prefix}${label}${method}`;
  if (type === 'ipip') return `   ${prefix}${label}TUN, type = IPIP`;
  const sum = CHECKSUMS[String(checksum)] ?? '';
  return `   ${label}TUN, type = ${type.toUpperCase()}${type === 'gue' ? `, port = ${port ?? 0}` : ''}${sum}`;
}

function scriptLines(
  what: 'Quorum' | 'RS',
  scripts: Readonly<Record<'up' | 'down', unknown>>,
  { identify }: CheckFacts,
): string[] {
  return (['up', 'down'] as const).flatMap((state) => {
    const command = commandText(scripts[state]);
    if (command === null) return [];
    const identity = identityText(scripts[state], identify);
    return [`   ${what} ${state} notify script = ${command}, uid:gid ${identity}`];
  });
}

function realServerLines(real: NamedRealServer, pool: Pool, facts: CheckFacts): string[] {
  const { block, id } = real;
  const view = facts.observe(id);
  const context = view?.context as RealServerContext | undefined;
  const weight = context === undefined ? block.weight : weightOf(context);
  const probes = (context?.input.checkers ?? []).map(({ actor }) => probeOf(facts.observe(actor)));
  const followed = (kind: string): string[] =>
    probes
      .filter((probe) => probe.kind === kind)
      .map(({ tracker = '' }) => tracker.split('/').slice(2).join('/'));
  return [
    '   ------< Real server >------',
    `   RIP = ${block.name.address}, RPORT = ${block.name.port}, WEIGHT = ${weight} EFF WEIGHT = ${weight}`,
    methodLine('', block.lvs_method),
    `   Alpha is ${onOff(block.alpha)}`,
    `   connection timeout = ${exactSeconds(block.connect_timeout)}`,
    `   connection limit range = ${block.lthreshold} -> ${block.uthreshold}`,
    `   Delay loop = ${exactSeconds(block.delay_loop)}`,
    ...given('Retry count', block.retry),
    ...given('Retry delay', seconds(block.delay_before_retry)),
    ...given('Warmup', seconds(block.warmup)),
    `   Inhibit on failure is ${onOff(block.inhibit_on_failure)}`,
    ...scriptLines('RS', { up: block.notify_up, down: block.notify_down }, facts),
    ...(block.virtualhost === null ? [] : [`    VirtualHost = '${block.virtualhost}'`]),
    ...given('SNMP name', block.snmp_name),
    `   Using smtp notification = ${yesNo(block.smtp_alert)}`,
    `   initial weight = ${block.weight}`,
    `   effective weight = ${weight}`,
    // keepalived: of the last reload.
    `   previous effective_weight = ${facts.isReloaded ? weight : 0}`,
    `   alive = ${Number(isAlive(view))}`,
    `   num failed checkers = ${context?.failed.length ?? 0}`,
    `   RS set = ${Number(facts.isDriven && stands(real, pool, view))}`,
    '   reloaded = 0',
    ...section(
      'Tracked Files',
      followed('file').map((name) => `${name}, weight ${fileWeight(block, name)}`),
    ),
    ...section('Tracked BFDs', followed('bfd')),
  ];
}

interface Followed {
  readonly kind: string;
  readonly tracker?: string;
}

function probeOf(view: ActorView | null): Followed {
  const input = (view?.context as { readonly input?: { readonly probe?: Followed } } | undefined)?.input;
  return input?.probe ?? { kind: '' };
}

function fileWeight(block: NamedRealServer['block'], name: string): string {
  const weight = block.FILE_CHECK.find(({ track_file: file }) => file === name)?.weight ?? null;
  return weight === null ? '0' : `${weight.value}${weight.reverse ? ' reverse' : ''}`;
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`   ${title}`, ...lines.map((line) => `     ${line}`)];

/** Files and sessions that checks follow, and which real servers do. */
export function followedLines(facts: CheckFacts): { readonly files: string[]; readonly sessions: string[] } {
  const servers = namedVirtualServers(facts.tree);
  const following = (name: string, kind: 'FILE_CHECK' | 'BFD_CHECK') =>
    servers.flatMap((server) =>
      server.reals
        .filter(({ block }) =>
          kind === 'FILE_CHECK'
            ? block.FILE_CHECK.some(({ track_file: file }) => file === name)
            : block.BFD_CHECK.some((check) => check.name === name),
        )
        .map((real) => ({ server, real })),
    );
  const files = facts.tree.track_file.flatMap((file) => {
    const followers = following(file.name, 'FILE_CHECK');
    const lines = followers.map(
      ({ server, real }) =>
        `     ${server.name} -> ${real.name}, weight ${fileWeight(real.block, file.name)}`,
    );
    return [
      ` Track file = ${file.name}`,
      `   File = ${file.file ?? ''}`,
      `   Status = ${facts.fileValue(file.name)}`,
      `   Weight = ${fileDefault(file.weight)}`,
      ...(lines.length === 0 ? [] : ['   Tracking instances :', ...lines]),
    ];
  });
  const sessions = facts.tree.bfd_instance.flatMap(({ name }) => {
    const followers = following(name, 'BFD_CHECK');
    if (followers.length === 0) return [];
    const lines = followers.map(({ real }) => `   ${real.name}`);
    return [` Checker Track BFD = ${name}`, '   Tracking RS :', ...lines];
  });
  return { files, sessions };
}

function fileDefault(weight: unknown): string {
  const { value = 0, reverse = false } = (weight ?? {}) as { value?: number; reverse?: boolean };
  return `${value}${reverse ? ' reverse' : ''}`;
}
