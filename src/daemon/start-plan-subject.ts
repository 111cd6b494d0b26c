/** Whose plan a start plan is: where it lies, and what of the machine it depends on besides the configuration. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/model.ts';
import type { ReadConfigResult } from '../config/read.ts';
import type { Steps } from '../config/steps.ts';
import type { ReadingWitness } from '../host/reading-witness.ts';
import { lateCrypto } from '../io/late-modules.ts';
import { canonicalJson } from '../journal/format.ts';
import type { Json } from '../protocol/json.ts';
import { journalled } from './journalled.ts';
import { foreseen } from './next-configuration.ts';
import type { DaemonOptions } from './options.ts';
import { PID_DIRECTORY } from './pid-file-places.ts';
import { identityOf, ipvsNamespace, type Places, placesOf } from './places.ts';
import type { StartPlanOptions } from './start-plan.ts';
import type { StartPlanSource } from './start-plan-text.ts';

type Subject = Pick<StartPlanOptions, 'path' | 'root' | 'beganMs' | 'orders' | 'pidFiles' | 'namespace'>;

/** `root`: directory of the project. */
export function startPlanSubject(
  options: DaemonOptions,
  config: Config,
  places: Places,
  root: string,
): Subject {
  const { namespace } = identityOf(options, config.tree);
  return {
    path: options.withoutCheckers ? null : places.startPlan,
    root,
    beganMs: Date.now() - process.uptime() * 1000,
    orders: places.orders,
    pidFiles: [places.pidFiles.main, places.pidFiles.vrrp].map((path) => outside(path, namespace)),
    namespace: tableOf(options, config),
  };
}

/** A configuration that has been read for a start, and what it was read from. */
export interface Prepared {
  readonly config: Config;
  readonly reading: ReadConfigResult;
  readonly witness: ReadingWitness;
}

/** What the plan of a start is made of before there is one. `words`: as in the plan. In steps. */
export function* sourceOfStart(
  options: DaemonOptions,
  { config, reading, witness }: Prepared,
  words: readonly string[],
  root: string,
): Steps<Subject & StartPlanSource> {
  const places = placesOf(options, config.tree);
  // Once: it is asked for each real server.
  const hasOrders = fs.existsSync(places.orders);
  const observe = yield* foreseen(
    config,
    () => null,
    () => hasOrders,
  );
  return {
    ...startPlanSubject(options, config, places, root),
    words,
    reading: () => ({
      tree: config.tree,
      configuration: definitionDigest(journalled(reading)),
      conditions: reading.randomSeed === null ? witness.conditions() : null,
    }),
    observe,
  };
}

/** Of the configuration's definition in the journal. */
export function definitionDigest(definition: Json): string {
  return lateCrypto().hash('sha256', canonicalJson(definition), 'hex');
}

/** File of the network namespace whose table it is; null: that of the program. */
export function tableOf(options: DaemonOptions, { tree }: Config): string | null {
  const { namespace } = identityOf(options, tree);
  return ipvsNamespace(tree.net_namespace_ipvs) ?? (namespace === null ? null : `/run/netns/${namespace}`);
}

/** Where the starter finds a file of ours: in a namespace this process sees its own directory in place of keepalived's. */
function outside(path: string, namespace: string | null): string {
  if (namespace === null || !path.startsWith(`${PID_DIRECTORY}/`)) return path;
  return join(PID_DIRECTORY, namespace, path.slice(PID_DIRECTORY.length + 1));
}
