/**
 * `relived --prepare-start`: the start plan of a configuration that no daemon has run yet, so that its first start, too, has
 * the table of virtual servers before the program begins (docs/adr/0019-start-plan.md). For installers and whatever
 * distributes configurations.
 */
import fs from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/model.ts';
import type { ReadConfigResult } from '../config/read.ts';
import type { ReadingWitness } from '../host/reading-witness.ts';
import { journalled } from './journalled.ts';
import { foreseen } from './next-configuration.ts';
import { type DaemonOptions, PREPARE_START } from './options.ts';
import { realPieces } from './pieces.ts';
import { placesOf } from './places.ts';
import { StartPlan } from './start-plan.ts';
import { definitionDigest, startPlanSubject } from './start-plan-subject.ts';

export interface Prepared {
  readonly config: Config;
  readonly reading: ReadConfigResult;
  readonly witness: ReadingWitness;
}

/** Exit status: 0, the plan is there; 1, there is none, and `say` was told why. */
export async function prepareStart(
  options: DaemonOptions,
  { config, reading, witness }: Prepared,
  say: (text: string) => void,
): Promise<0 | 1> {
  const places = placesOf(options, config.tree);
  const hasOrders = (): boolean => fs.existsSync(places.orders);
  const observe = await realPieces.run(foreseen(config, () => null, hasOrders));
  const subject = startPlanSubject(options, config, places);
  const plan = new StartPlan({
    ...subject,
    // Those of the start.
    words: process.argv.slice(1).filter((word) => word !== PREPARE_START),
    reading: () => ({
      tree: config.tree,
      configuration: definitionDigest(journalled(reading)),
      conditions: reading.randomSeed === null ? witness.conditions() : null,
    }),
    observe,
    log: say,
  });
  const none = await made(plan, subject.path);
  say(none === null ? `relived: the start is prepared: ${subject.path}` : `relived: no start plan: ${none}`);
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
