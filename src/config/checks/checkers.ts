/** Checkers of a real server: what each needs, and what it refers to. A checker that lacks it is left out. */
import type { Environment } from '../environment.ts';
import { type BlockNode, type NodeOf, untyped } from '../node.ts';
import { type Problems, quoted } from '../problems.ts';
import type { ROOT } from '../registry/blocks.ts';
import type { REAL_SERVER } from '../registry/lvs/real-server.ts';
import { familyOf } from '../registry/lvs/service.ts';
import { type BlockNames, isBlock } from '../registry/spec.ts';
import { checkTls, checkUrls } from './http-checkers.ts';
import { type RealServerNode, reportRepeated, usable, type VirtualServerNode } from './lvs-nodes.ts';

/** What checkers may refer to. */
export interface CheckerContext {
  readonly problems: Problems;
  readonly environment: Environment;
  /** Blocks by name, with their position among the statements of the file; null: not known here. */
  readonly trackFiles: ReadonlyMap<string, number> | null;
  readonly bfdInstances: ReadonlyMap<string, number> | null;
}

type Keywords = (typeof REAL_SERVER)['keywords'];
type Checker<K extends keyof Keywords> = NodeOf<Keywords[K]>;
type Connecting = Checker<'TCP_CHECK'>;

export function contextOf(
  root: BlockNode<typeof ROOT.keywords, null>,
  problems: Problems,
  environment: Environment,
): CheckerContext {
  const node = untyped(root);
  const trackFiles = positions(node, ['track_file', 'vrrp_track_file']);
  return { problems, environment, trackFiles, bfdInstances: positions(node, ['bfd_instance']) };
}

function positions(root: BlockNode, keywords: readonly string[]): ReadonlyMap<string, number> | null {
  const found = new Map<string, number>();
  for (const keyword of keywords) {
    const spec = root.spec.keywords[keyword];
    if (spec === undefined || !isBlock(spec)) continue;
    if ('skipped' in spec.block) return null;
    for (const { name, index } of root.blocks(keyword as never) as unknown as readonly BlockNode<
      never,
      string
    >[]) {
      if (!found.has(name)) found.set(name, index);
    }
  }
  return found;
}

const CONNECTING: ReadonlySet<string> = new Set([
  'HTTP_GET',
  'SSL_GET',
  'TCP_CHECK',
  'SMTP_CHECK',
  'DNS_CHECK',
  'UDP_CHECK',
  'PING_CHECK',
  'GRPC_CHECK',
  'AGENT_CHECK',
]);

export function checkCheckers(
  real: RealServerNode,
  server: VirtualServerNode,
  context: CheckerContext,
): void {
  const { problems } = context;
  // Ten kinds of checkers, of which a real server has one or two: only those that are there are looked at.
  for (const keyword of real.blockNames()) {
    if (CONNECTING.has(keyword)) {
      for (const node of real.blocks(keyword)) checkConnection(node as unknown as Connecting, real, problems);
    }
    checkOwn(keyword, real, server, context);
  }
}

/** What only one kind of checker has. */
function checkOwn(
  keyword: BlockNames<Keywords>,
  real: RealServerNode,
  server: VirtualServerNode,
  context: CheckerContext,
): void {
  const { problems } = context;
  if (keyword === 'SSL_GET' || keyword === 'GRPC_CHECK') {
    for (const node of real.blocks(keyword)) checkTls(node as Checker<'SSL_GET'>, problems);
  }
  if (keyword === 'HTTP_GET' || keyword === 'SSL_GET') {
    for (const node of real.blocks(keyword))
      checkUrls(node as unknown as Checker<'HTTP_GET'>, problems, context.environment);
  } else if (keyword === 'SMTP_CHECK') {
    for (const node of real.blocks(keyword)) checkHosts(node, real, problems);
  } else if (keyword === 'DNS_CHECK') {
    for (const node of real.blocks(keyword)) reportRepeated(node.given('name'), problems);
  } else if (keyword === 'UDP_CHECK') {
    for (const node of real.blocks(keyword)) checkReply(node, problems);
  } else if (keyword === 'AGENT_CHECK') {
    for (const node of real.blocks(keyword)) {
      if (node.get('connect_port') === null)
        leaveOut(node, 'no-agent-port', 'it has no connect_port', problems);
    }
  } else if (keyword === 'MISC_CHECK') {
    for (const node of real.blocks(keyword)) checkProgram(node, server, context);
  } else if (keyword === 'FILE_CHECK') {
    for (const node of real.blocks(keyword)) checkTrackFile(node, server, context);
  } else if (keyword === 'BFD_CHECK') {
    const names = new Set<string>();
    for (const node of real.blocks(keyword)) checkSession(node, server, names, context);
  }
}

function leaveOut(
  node: { kept: boolean; origin: BlockNode['origin'] },
  code: string,
  why: string,
  problems: Problems,
): void {
  node.kept = false;
  problems.add({ severity: 'warning', code, place: node.origin, message: `the checker is left out: ${why}` });
}

/** connect_ip and bindto of one family, judged line by line as keepalived does. */
function checkConnection(node: Connecting, real: RealServerNode, problems: Problems): void {
  const given = [...node.given('connect_ip'), ...node.given('bindto')];
  const lines = given.length === 0 ? given : usable(given);
  const around = node.parent === null || node.parent === untyped(real) ? null : node.parent;
  // SMTP_CHECK takes the address of the real server only when it is complete.
  const own = real.name.address;
  // A name has no address of its own.
  const implied = node.spec.path.endsWith('/SMTP_CHECK') || own === '' ? null : own;
  let target = (around?.value('connect_ip') ?? null) as string | null;
  let source = (around?.value('bindto') ?? null) as string | null;
  for (const { keyword, value, words } of lines.toSorted((a, b) => a.index - b.index)) {
    const address = value as string;
    const isSource = keyword.text === 'bindto';
    const other = isSource ? (target ?? implied) : source;
    if (other === null || familyOf(other) === familyOf(address)) {
      if (isSource) source = address;
      else target = address;
      continue;
    }
    const message = `${quoted(keyword)} must be of the family of ${isSource ? 'connect_ip' : 'bindto'} (${other}): the line is ignored`;
    problems.add({ severity: 'warning', code: 'mixed-families', place: words[0] ?? keyword, message });
  }
  if (lines.length > 0) {
    node.correct('connect_ip', target);
    node.correct('bindto', source);
  }
  const address = target ?? real.name.address;
  if (address === '') return;
  if (source !== null && familyOf(source) !== familyOf(address)) {
    const message = `the check cannot reach ${address} from ${source}: they differ in family`;
    problems.add({ severity: 'note', code: 'mixed-families', place: node.place('bindto'), message });
  }
  if (isLinkLocal(address) && node.get('bind_if') === null) {
    leaveOut(node, 'no-bind-if', `the link-local address ${address} needs bind_if`, problems);
  }
}

/** fe80::/10, in the one form that addresses have here. */
function isLinkLocal(address: string): boolean {
  return address.startsWith('fe') && /^fe[89ab].:/.test(address);
}

function checkHosts(node: Checker<'SMTP_CHECK'>, real: RealServerNode, problems: Problems): void {
  for (const host of node.blocks('host')) {
    checkConnection(host as unknown as Connecting, real, problems);
    const message = "'host' is deprecated: write further SMTP_CHECK blocks";
    problems.add({ severity: 'note', code: 'deprecated-keyword', place: host.origin, message });
  }
}

function checkReply(node: Checker<'UDP_CHECK'>, problems: Problems): void {
  const [least, most] = [node.get('min_reply_length'), node.get('max_reply_length')];
  if (least <= most) return;
  const message = `no answer is ${least} bytes or longer and ${most} or shorter: the check always fails`;
  const place = node.place(node.isSet('min_reply_length') ? 'min_reply_length' : 'max_reply_length');
  problems.add({ severity: 'warning', code: 'reply-length', place, message });
}

function checkProgram(node: Checker<'MISC_CHECK'>, server: VirtualServerNode, context: CheckerContext): void {
  const { problems, environment } = context;
  if (node.get('misc_timeout') === 0) node.correct('misc_timeout', server.get('delay_loop'));
  if (node.get('misc_path') === null) {
    leaveOut(node, 'no-misc-path', 'it has no misc_path', problems);
    return;
  }
  const who = node.get('user');
  if (who === null) return;
  const known = environment.user(who.user) !== null;
  // `:` and `:GROUP` ask for supplementary groups.
  const group = who.group?.replace(/^:/, '') ?? '';
  if (known && (group === '' || environment.group(group) !== null)) return;
  node.kept = false;
  const message = `there is no ${known ? `group '${group}'` : `user '${who.user}'`}: the checker is left out`;
  problems.add({ severity: 'warning', code: 'unknown-user', place: node.place('user'), message });
}

function checkTrackFile(
  node: Checker<'FILE_CHECK'>,
  server: VirtualServerNode,
  context: CheckerContext,
): void {
  const { problems, trackFiles } = context;
  const name = node.get('track_file');
  if (name === null) {
    leaveOut(node, 'no-track-file', 'it has no track_file', problems);
    return;
  }
  if (trackFiles === null || (trackFiles.get(name) ?? Number.POSITIVE_INFINITY) < server.index) return;
  node.kept = false;
  const why = trackFiles.has(name) ? 'must be defined before its virtual server' : 'is not defined';
  const message = `the track_file '${name}' ${why}: the checker is left out`;
  problems.add({ severity: 'warning', code: 'unknown-track-file', place: node.place('track_file'), message });
}

function checkSession(
  node: Checker<'BFD_CHECK'>,
  server: VirtualServerNode,
  sessions: Set<string>,
  context: CheckerContext,
): void {
  const { problems, bfdInstances } = context;
  reportRepeated(node.given('name'), problems);
  const name = node.get('name');
  if (name === null) {
    leaveOut(node, 'no-bfd-name', 'it has no name of a bfd_instance', problems);
    return;
  }
  const known = bfdInstances === null || (bfdInstances.get(name) ?? Number.POSITIVE_INFINITY) < server.index;
  if (known && !sessions.has(name)) {
    sessions.add(name);
    return;
  }
  node.kept = false;
  const defined = bfdInstances?.has(name) === true;
  const why = known
    ? 'is followed by this real server already'
    : defined
      ? 'must be defined before its virtual server'
      : 'is not defined';
  const message = `the bfd_instance '${name}' ${why}: the checker is left out`;
  const code = known ? 'duplicate-bfd-check' : 'unknown-bfd-instance';
  problems.add({ severity: 'warning', code, place: node.place('name'), message });
}
