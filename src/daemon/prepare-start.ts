/**
 * `relived --prepare-start`: the start plan of a configuration that no daemon has run yet, so that its first start, too, has
 * the table of virtual servers before the program begins (docs/adr/0019-start-plan.md). For installers and whatever
 * distributes configurations.
 */
import fs from 'node:fs';
import { dirname } from 'node:path';
import { type DaemonOptions, PREPARE_START } from './options.ts';
import { realPieces } from './pieces.ts';
import { PROJECT } from './project.ts';
import { StartPlan } from './start-plan.ts';
import { type Prepared, sourceOfStart } from './start-plan-subject.ts';

/** Exit status: 0, the plan is there; 1, there is none, and `say` was told why. */
export async function prepareStart(
  options: DaemonOptions,
  prepared: Prepared,
  say: (text: string) => void,
): Promise<0 | 1> {
  // Those of the start.
  const words = process.argv.slice(1).filter((word) => word !== PREPARE_START);
  const source = await realPieces.run(sourceOfStart(options, prepared, words, PROJECT));
  const plan = new StartPlan({ ...source, log: say });
  const none = await made(plan, source.path);
  say(none === null ? `relived: the start is prepared: ${source.path}` : `relived: no start plan: ${none}`);
  return none === null ? 0 : 1;
}

/** Null: it is there; else why not. */
async function made(plan: StartPlan, path: string | null): Promise<string | null> {
  try {
    if (path !== null) fs.mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    return await plan.make();
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
