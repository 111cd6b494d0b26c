/** keepalived.conf into a typed configuration: every problem in one run, each with its place. Pure: files are injected. */
import { reportConflicts } from './conflicts.ts';
import type { FileSource } from './file-source.ts';
import { ConfigLines, type ReadFile } from './lines.ts';
import type { ConfigResult } from './model.ts';
import { type Block, parse } from './parse.ts';
import { type Place, Problems, quoted, type Word } from './problems.ts';
import { resolveGlobals } from './resolve-globals.ts';
import { type ResolvedInstance, resolveInstance } from './resolve-instance.ts';

export interface ReadConfigResult extends ConfigResult {
  /** Every file read, in order, secrets masked: what a journal may keep. */
  readonly files: readonly ReadFile[];
}

/**
 * Reads the configuration that `entry` (a path or pattern, as keepalived's `-f`) leads to.
 * Never throws; files, lines, nesting and the number of problems are bounded.
 */
export function readConfig(entry: string, files: FileSource): ReadConfigResult {
  const problems = new Problems();
  const lines = new ConfigLines(files, problems);
  const root = parse(lines.items(entry), problems);
  const globals = resolveGlobals(blocksOf(root, 'global_defs'), problems);
  const resolved: ResolvedInstance[] = [];
  for (const [name, block] of namedInstances(root, problems)) {
    const instance = resolveInstance(name, block, globals, problems);
    if (instance !== null) resolved.push(instance);
  }
  reportConflicts(resolved, problems);
  const diagnostics = problems.list();
  const usable = diagnostics.every((diagnostic) => diagnostic.severity !== 'error');
  const instances = resolved.map((instance) => instance.config);
  return {
    config: usable ? { global: { routerId: globals.routerId }, instances } : null,
    diagnostics,
    files: lines.files,
  };
}

function blocksOf(root: Block, keyword: string): Block[] {
  return root.statements.flatMap(({ spec, block }) => (spec.keyword === keyword && block ? [block] : []));
}

/** Instances by name; a second one of a name is left out, as keepalived does. */
function namedInstances(root: Block, problems: Problems): Map<Word, Block> {
  const found = new Map<Word, Block>();
  const names = new Map<string, Place>();
  for (const { spec, args, block } of root.statements) {
    const name = args[0];
    if (spec.keyword !== 'vrrp_instance' || block === null || name === undefined) continue;
    const first = names.get(name.text);
    if (first === undefined) {
      names.set(name.text, name);
      found.set(name, block);
      continue;
    }
    const message = `the instance ${quoted(name)} is defined already (${first.line.file}:${first.line.number}): this block is ignored`;
    problems.add({ severity: 'warning', code: 'duplicate-instance', place: name, message });
  }
  return found;
}
