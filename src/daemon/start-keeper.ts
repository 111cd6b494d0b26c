/** The start plan of this daemon: what it depends on follows the configuration that is in force. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/model.ts';
import type { ReadConfigResult } from '../config/read.ts';
import type { ActorView } from '../engine/engine.ts';
import type { ActorId } from '../engine/types.ts';
import { ReadingWitness } from '../host/reading-witness.ts';
import { lateCrypto } from '../io/late-modules.ts';
import { canonicalJson } from '../journal/format.ts';
import type { Json } from '../protocol/json.ts';
import type { StartCondition } from '../protocol/start-plan.ts';
import { BACKGROUND_OPTION } from './background.ts';
import { ipvsNamespace, journalled } from './configuration.ts';
import type { Handover, KeptReading } from './handover.ts';
import type { Logger } from './logger.ts';
import type { DaemonOptions } from './options.ts';
import { PID_DIRECTORY } from './pid-file.ts';
import { identityOf, type Places } from './places.ts';
import { StartPlan } from './start-plan.ts';

export interface StartKeeperOptions {
  readonly options: DaemonOptions;
  readonly places: Places;
  readonly config: Config;
  readonly reading: Handover;
  readonly background: boolean;
  readonly observe: (id: ActorId) => ActorView | null;
  readonly logger: Logger;
}

/** The same directory from the sources and from the bundle. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

type Conditions = () => readonly StartCondition[] | null;

export class StartKeeper {
  readonly #plan: StartPlan;
  #config: Config;
  #journalled: Json;
  #conditions: Conditions;
  #witness = new ReadingWitness();

  constructor({ options, places, config, reading, background, observe, logger }: StartKeeperOptions) {
    this.#config = config;
    this.#journalled = journalled(reading);
    this.#conditions = unlessRandom(reading, reading.conditions);
    const words = process.argv.slice(1);
    const { namespace } = identityOf(options, config.tree);
    const ownNamespace = namespace === null ? null : `/run/netns/${namespace}`;
    this.#plan = new StartPlan({
      path: options.withoutCheckers ? null : places.startPlan,
      // The process in the background has a word that nobody wrote.
      words: background && words.at(-1) === BACKGROUND_OPTION ? words.slice(0, -1) : words,
      root: ROOT,
      beganMs: Date.now() - process.uptime() * 1000,
      reading: () => ({
        tree: this.#config.tree,
        configuration: lateCrypto().hash('sha256', canonicalJson(this.#journalled), 'hex'),
        conditions: this.#conditions(),
      }),
      observe,
      orders: places.orders,
      pidFiles: [places.pidFiles.main, places.pidFiles.vrrp].map((path) => outside(path, namespace)),
      namespace: ipvsNamespace(config.tree.net_namespace_ipvs) ?? ownNamespace,
      log: (line) => {
        if (options.logDetail) logger.log(line);
      },
    });
  }

  /** A reading begins: through this it finds what it reads. */
  beginReading(): ReadingWitness {
    this.#witness = new ReadingWitness();
    return this.#witness;
  }

  /** What the last reading found will be in force. */
  takeOver(config: Config, reading: ReadConfigResult): void {
    const witness = this.#witness;
    this.#config = config;
    this.#journalled = journalled(reading);
    this.#conditions = unlessRandom(reading, () => witness.conditions());
  }

  renew(): void {
    this.#plan.renew();
  }

  close(): Promise<void> {
    return this.#plan.close();
  }
}

/** A reading with chance in it has no like. */
function unlessRandom({ randomSeed }: KeptReading, conditions: Conditions): Conditions {
  return randomSeed === null ? conditions : () => null;
}

/** Where the starter finds a file of ours: in a namespace this process sees its own directory in place of keepalived's. */
function outside(path: string, namespace: string | null): string {
  if (namespace === null || !path.startsWith(`${PID_DIRECTORY}/`)) return path;
  return join(PID_DIRECTORY, namespace, path.slice(PID_DIRECTORY.length + 1));
}
