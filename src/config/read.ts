/** keepalived.conf into a typed configuration: every problem in one run, each with its place. Pure: files are injected. */

import { checkGlobals, dropEarlierSsl, type GlobalsNode } from './checks/globals.ts';
import { checkVirtualServers } from './checks/virtual-servers.ts';
import { reportConflicts } from './conflicts.ts';
import { type Environment, UNKNOWN_ENVIRONMENT } from './environment.ts';
import type { FileSource } from './file-source.ts';
import type { ConfigResult, ConfigTree } from './model.ts';
import { BlockNode, untyped } from './node.ts';
import { parse } from './parse.ts';
import { type Place, Problems, quoted } from './problems.ts';
import { GLOBAL_DEFS } from './registry/global/global-defs.ts';
import { type InstanceNode, type ResolvedInstance, resolveInstance } from './resolve-instance.ts';
import { ConfigLines, type ReadFile } from './text/lines.ts';

export interface ReadConfigResult extends ConfigResult {
  /** Every file read, in order, secrets masked: what a journal may keep. */
  readonly files: readonly ReadFile[];
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
  const problems = new Problems();
  const lines = new ConfigLines(files, problems);
  const root = parse(lines.items(entry), { problems, environment });
  const globals = globalsOf(untyped(root));
  checkGlobals(globals, problems);
  dropEarlierSsl(root.blocks('SSL'), problems);
  const resolved: ResolvedInstance[] = [];
  dropDuplicates(root.blocks('vrrp_instance'), problems);
  for (const node of root.blocks('vrrp_instance')) {
    const instance = resolveInstance(node, problems);
    if (instance !== null) resolved.push(instance);
  }
  reportConflicts(resolved, problems);
  checkVirtualServers(root, problems, environment);
  const diagnostics = problems.list();
  const usable = diagnostics.every(({ severity, unsupported }) => severity !== 'error' || unsupported);
  const instances = resolved.map((instance) => instance.config);
  const tree = untyped(root).toValues() as unknown as ConfigTree;
  return {
    config: usable ? { global: { routerId: globals.get('router_id') }, instances, tree } : null,
    diagnostics,
    files: lines.files,
  };
}

/** The settings of all global_defs blocks; all defaults if there is none. */
function globalsOf(root: BlockNode): GlobalsNode {
  root.globals ??= untyped(new BlockNode(GLOBAL_DEFS, root, null, [], null));
  return root.globals as unknown as GlobalsNode;
}

/** A second instance of a name is left out, as keepalived does. */
function dropDuplicates(nodes: readonly InstanceNode[], problems: Problems): void {
  const names = new Map<string, Place>();
  for (const node of nodes) {
    const first = names.get(node.name);
    if (first === undefined) {
      names.set(node.name, node.origin);
      continue;
    }
    node.kept = false;
    const [name] = node.nameWords;
    const message = `the instance ${name === undefined ? '' : quoted(name)} is defined already (${first.line.file}:${first.line.number}): this block is ignored`;
    problems.add({ severity: 'warning', code: 'duplicate-instance', place: node.origin, message });
  }
}
