/** Whether programs that the configuration runs are there, and safe to run (keepalived 2.4.3). */
import type { Environment, Identity } from '../environment.ts';
import { type AnyNode, BlockNode, untyped } from '../node.ts';
import type { Place, Problems } from '../problems.ts';
import type { ScriptUser } from '../registry/global/kinds.ts';
import type { ScriptValue } from '../registry/script-kind.ts';
import { type AnyBlock, isBlock, isSetting, type SettingsBlock } from '../registry/spec.ts';
import { type CheckContext, warn } from './context.ts';
import { short } from './names.ts';

/** Blocks that are nothing without their script. */
const CHECKERS = new Set(['vrrp_script', 'virtual_server/real_server/MISC_CHECK']);

/** Who runs scripts that name nobody, if there is such a user. */
const DEFAULT_USER = 'keepalived_script';
const ROOT_IDENTITY: Identity = { uid: 0, gid: 0 };

interface Script {
  readonly node: BlockNode;
  readonly keyword: string;
  readonly value: ScriptValue;
  readonly place: Place;
}

interface Rules {
  readonly problems: Problems;
  readonly environment: Environment;
  /** enable_script_security: what is not safe is not run. */
  readonly security: boolean;
  readonly scriptUser: ScriptUser | null;
  /** keepalived's processes that look at scripts: those that have something to do. */
  readonly processes: ReadonlySet<Runner>;
}

/** Which of keepalived's processes run a script. */
type Runner = 'parent' | 'vrrp' | 'checker';

/** Scripts of global_defs; the others belong to the process of their block. */
const RUNNERS: Readonly<Record<string, readonly Runner[]>> = {
  startup_script: ['parent'],
  shutdown_script: ['parent'],
  notify_fifo_script: ['vrrp', 'checker'],
  vrrp_notify_fifo_script: ['vrrp'],
  lvs_notify_fifo_script: ['checker'],
};

/**
 * Leaves out scripts that cannot be run, and with enable_script_security those that are not safe. Without it, running
 * any script is a breach of security in itself: a configuration test ends with status 6.
 */
export function checkScripts({ root, problems, environment }: CheckContext): void {
  const globals = root.globals;
  const rules: Rules = {
    problems,
    environment,
    security: globals?.value('enable_script_security') === true,
    scriptUser: (globals?.value('script_user') as ScriptUser | null | undefined) ?? null,
    processes: processesOf(root),
  };
  const present: Script[] = [];
  for (const script of scriptsOf(untyped(root))) {
    const verdict = judge(script, rules);
    if (verdict.present) present.push(script);
    if (verdict.leftOut) leaveOut(script);
  }
  const [first] = present;
  if (rules.security || first === undefined) return;
  const message =
    'scripts are run, but enable_script_security is not set: whoever can write them becomes root';
  warn(problems, 'script-security', first.place, message);
}

/** A process without instances, or without virtual servers, looks at no scripts. */
function processesOf(root: CheckContext['root']): Set<Runner> {
  const processes = new Set<Runner>(['parent']);
  if (root.hasBlock('vrrp_instance')) processes.add('vrrp');
  if (root.hasBlock('virtual_server')) processes.add('checker');
  return processes;
}

function runnersOf({ node, keyword }: Script): readonly Runner[] {
  return RUNNERS[keyword] ?? (node.spec.path.startsWith('virtual_server') ? ['checker'] : ['vrrp']);
}

/** Every script of the tree. Its depth is that of the registry. */
function scriptsOf(node: BlockNode, scripts: Script[] = []): Script[] {
  const { keywords, inner } = programsOf(node.spec);
  for (const keyword of keywords) {
    const value = node.isSet(keyword as never) ? node.value(keyword) : null;
    if (isScript(value)) scripts.push({ node, keyword, value, place: node.place(keyword as never) });
  }
  for (const name of inner) {
    for (const block of node.blocks(name as never) as readonly AnyNode[]) {
      if (block instanceof BlockNode) scriptsOf(block, scripts);
    }
  }
  return scripts;
}

interface Programs {
  /** Keywords whose value is a command. */
  readonly keywords: readonly string[];
  /** Blocks in which there may be more. */
  readonly inner: readonly string[];
}

const programs = new WeakMap<SettingsBlock, Programs>();

/** Where commands may stand: most blocks of a large file have none, and are not looked at. */
function programsOf(block: SettingsBlock): Programs {
  const known = programs.get(block);
  if (known !== undefined) return known;
  const specs = Object.entries(block.keywords);
  const keywords = specs.filter(([, spec]) => isSetting(spec) && spec.kind.program === true);
  const inner = specs.filter(([, spec]) => isBlock(spec) && mayRun(spec.block));
  const found = { keywords: keywords.map(([name]) => name), inner: inner.map(([name]) => name) };
  programs.set(block, found);
  return found;
}

function mayRun(block: AnyBlock): boolean {
  if (!('keywords' in block)) return false;
  const { keywords, inner } = programsOf(block);
  return keywords.length > 0 || inner.length > 0;
}

function isScript(value: unknown): value is ScriptValue {
  return typeof value === 'object' && value !== null && 'command' in value && Array.isArray(value.command);
}

interface Verdict {
  /** There is such a file: running any without enable_script_security is a breach. */
  readonly present: boolean;
  readonly leftOut: boolean;
}

/** Nothing is known of the program, or it is not looked at, so nothing is said. */
const NOT_JUDGED: Verdict = { present: false, leftOut: false };

function judge(script: Script, rules: Rules): Verdict {
  const { environment, problems, security, processes } = rules;
  const [program = ''] = script.value.command;
  const who = runsAs(script, rules);
  if (who === null) return { present: false, leftOut: true };
  if (!runnersOf(script).some((runner) => processes.has(runner))) return NOT_JUDGED;
  // `</PATH` runs nothing: it asks whether the file can be read.
  const facts = /^<[ \t]*\//.test(program) ? null : environment.program(program);
  if (facts === null) return NOT_JUDGED;
  const tracked = script.node.spec.path === 'vrrp_script';
  if (facts.path === null || !facts.executable) {
    const why = facts.path === null ? 'there is no program' : 'it is no program that can be run:';
    const message = `${why} '${short(program)}': it is left out`;
    const disabled = tracked && facts.path === null;
    warn(problems, disabled ? 'script-disabled' : 'script-not-found', script.place, message);
    return { present: facts.path !== null, leftOut: true };
  }
  if (!facts.unsafe || who.uid !== 0) return { present: true, leftOut: false };
  const message = `others than root can write '${short(program)}' or a directory on the way to it`;
  if (!security) {
    warn(problems, 'script-security', script.place, `${message}, and it is run as root`);
    return { present: true, leftOut: false };
  }
  warn(problems, tracked ? 'script-disabled' : 'script-unsafe', script.place, `${message}: it is left out`);
  return { present: true, leftOut: true };
}

/** The user of a script; null if there is none (reported). */
function runsAs(script: Script, { environment, problems, security, scriptUser }: Rules): Identity | null {
  const { node, value, place } = script;
  const own = 'user' in node.spec.keywords ? (node.value('user') as ScriptUser | null) : null;
  const user = value.user ?? own?.user ?? null;
  const group = value.user === null ? (own?.group ?? null) : value.group;
  const needed = CHECKERS.has(node.spec.path) || runnersOf(script).includes('parent');
  const code = needed ? 'unknown-user' : 'notify-user';
  if (user !== null) {
    const identity = environment.user(user);
    const groupName = group?.replace(/^:/, '') ?? '';
    const known = groupName === '' || environment.group(groupName) !== null;
    if (identity !== null && known) return identity;
    const missing = identity === null ? `user '${short(user)}'` : `group '${short(groupName)}'`;
    warn(problems, code, place, `there is no ${missing}: the script is left out`);
    return null;
  }
  const byDefault = environment.user(scriptUser?.user ?? DEFAULT_USER);
  if (byDefault !== null || !security) return byDefault ?? ROOT_IDENTITY;
  const message = `nobody is named to run it: there is no user ${DEFAULT_USER}, and script_user is not set`;
  warn(problems, 'unknown-user', place, `${message}: the script is left out`);
  return null;
}

function leaveOut({ node, keyword }: Script): void {
  if (CHECKERS.has(node.spec.path)) node.kept = false;
  // Without its script it still says which state is reported.
  else node.correct(keyword as never, (keyword === 'notify_deleted' ? true : null) as never);
}
