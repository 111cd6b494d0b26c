/** keepalived.conf into a typed configuration: every problem in one run, each with its place. Pure: files are injected. */
import { checkGlobals, checkSsl, type GlobalsNode } from './checks/globals.ts';
import { checkRoutes } from './checks/routes.ts';
import { checkScripts } from './checks/scripts.ts';
import { checkVirtualServers } from './checks/virtual-servers.ts';
import { checkVrrp } from './checks/vrrp.ts';
import { type Environment, UNKNOWN_ENVIRONMENT } from './environment.ts';
import type { FileSource } from './file-source.ts';
import type { Config, ConfigResult, ConfigTree } from './model.ts';
import { BlockNode, untyped } from './node.ts';
import { type ItemSource, parse } from './parse.ts';
import { Problems } from './problems.ts';
import type { ROOT } from './registry/blocks.ts';
import { GLOBAL_DEFS } from './registry/global/global-defs.ts';
import { allAtOnce, type Steps } from './steps.ts';
import { readConsolidatedItems } from './text/consolidated.ts';
import type { Item } from './text/lexer.ts';
import { ConfigLines, type ReadFile } from './text/lines.ts';

type Root = BlockNode<typeof ROOT.keywords, null>;

/** A configuration, and what was written, with its places. */
export interface ConfigReading extends ConfigResult {
  readonly root: Root;
}

export interface ReadConfigResult extends ConfigReading {
  /** Every file read, in order, secrets masked: what a journal may keep. */
  readonly files: readonly ReadFile[];
  /**
   * What was read, with includes, conditions, definitions and loops worked out: `readConsolidated` makes the same of it
   * in another process. Secrets are in clear text: it must never reach a journal or a log.
   */
  readonly consolidated: string;
  /** What `${_RANDOM}` was drawn from; null if it was not used. With it the same files read the same again. */
  readonly randomSeed: number | null;
}

/**
 * Reads the configuration that `entry` (a path or pattern, as keepalived's `-f`) leads to.
 * Never throws; files, lines, nesting and the number of problems are bounded.
 */
export function readConfig(
  entry: string,
  files: FileSource,
  environment: Environment = UNKNOWN_ENVIRONMENT,
): ReadConfigResult {
  return allAtOnce(readConfigInSteps(entry, files, environment));
}

/** The same in steps. */
export function* readConfigInSteps(
  entry: string,
  files: FileSource,
  environment: Environment,
): Steps<ReadConfigResult> {
  const problems = new Problems();
  const lines = new ConfigLines(files, problems, environment);
  lines.open(entry);
  const reading = yield* readItems(() => lines.next(), problems, environment);
  // Both are made when they are asked for: a test needs neither.
  return {
    ...reading,
    get files() {
      return lines.files();
    },
    get consolidated() {
      return lines.consolidated();
    },
    randomSeed: lines.definitions.usedSeed,
  };
}

/** Reads the consolidated text of another reading: the same configuration, the same diagnostics. */
export function readConsolidated(
  consolidated: string,
  environment: Environment = UNKNOWN_ENVIRONMENT,
): ConfigReading {
  const problems = new Problems();
  const items = readConsolidatedItems(consolidated, problems);
  return allAtOnce(readItems(onceOnly(items), problems, environment));
}

function onceOnly(items: readonly Item[]): ItemSource {
  let rest: readonly Item[] | null = items;
  return () => {
    const now = rest;
    rest = null;
    return now;
  };
}

function* readItems(more: ItemSource, problems: Problems, environment: Environment): Steps<ConfigReading> {
  const root = yield* parse(more, { problems, environment });
  const globals = globalsOf(untyped(root));
  checkGlobals(globals, problems);
  checkSsl(root.blocks('SSL'), problems);
  const context = { root, problems, environment };
  // Scripts that cannot be run are no longer there to be tracked.
  checkScripts(context);
  checkVrrp(context);
  checkRoutes(context);
  yield;
  checkVirtualServers(root, problems, environment);
  yield;
  const diagnostics = problems.list();
  const usable = diagnostics.every(({ severity, unsupported }) => severity !== 'error' || unsupported);
  return {
    config: usable ? configOf(root, globals.get('router_id')) : null,
    diagnostics,
    root,
  };
}

/**
 * The tree is made when it is asked for: a test of ten thousand servers has no use for it. What it is made of, each line
 * with its place, is not kept for longer.
 */
function configOf(root: Root, routerId: string | null): Config {
  let held: { readonly root: Root } | { readonly tree: ConfigTree } = { root };
  return {
    global: { routerId },
    get tree() {
      if ('root' in held) held = { tree: untyped(held.root).toValues() as unknown as ConfigTree };
      return held.tree;
    },
  };
}

/** The settings of all global_defs blocks; all defaults if there is none. */
function globalsOf(root: BlockNode): GlobalsNode {
  if (root.globals === null) {
    root.globals = untyped(new BlockNode(GLOBAL_DEFS, root, null, [], null));
    root.addBlock('global_defs', root.globals);
  }
  return root.globals as unknown as GlobalsNode;
}
