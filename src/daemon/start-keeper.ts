/** The start plan of this daemon: it is made for the configuration that the next start would read. */
import fs from 'node:fs';
import type { Config } from '../config/model.ts';
import { type ReadConfigResult, readConfigInSteps } from '../config/read.ts';
import type { Steps } from '../config/steps.ts';
import type { ActorView } from '../engine/engine.ts';
import type { ActorId } from '../engine/types.ts';
import { machineEnvironment } from '../host/environment.ts';
import { ReadingWitness } from '../host/reading-witness.ts';
import { lateCrypto } from '../io/late-modules.ts';
import { canonicalJson } from '../journal/format.ts';
import type { Json } from '../protocol/json.ts';
import type { StartCondition } from '../protocol/start-plan.ts';
import { BACKGROUND_OPTION } from './background.ts';
import { ConfigWatch } from './config-watch.ts';
import type { Handover, KeptReading } from './handover.ts';
import { journalled } from './journalled.ts';
import type { Logger } from './logger.ts';
import { foreseen } from './next-configuration.ts';
import type { DaemonOptions } from './options.ts';
import { realPieces } from './pieces.ts';
import { identityOf, type Places } from './places.ts';
import { PROJECT } from './project.ts';
import { refusalOf } from './refusal.ts';
import { StartPlan } from './start-plan.ts';
import { definitionDigest, startPlanSubject, tableOf } from './start-plan-subject.ts';

export interface StartKeeperOptions {
  readonly options: DaemonOptions;
  readonly places: Places;
  readonly config: Config;
  readonly reading: Handover;
  readonly background: boolean;
  readonly observe: (id: ActorId) => ActorView | null;
  readonly logger: Logger;
}

type Conditions = () => readonly StartCondition[] | null;
type Observe = (id: ActorId) => ActorView | null;

/** What a plan can be made of. */
interface Planned {
  readonly config: Config;
  readonly journalled: Json;
  readonly conditions: Conditions;
  readonly observe: Observe;
}

export class StartKeeper {
  readonly #options: StartKeeperOptions;
  readonly #plan: StartPlan;
  readonly #watch = new ConfigWatch({ changed: () => void this.#look() });
  #inForce: Planned;
  /** What lies there and is not in force; null: nothing else, or it could not be started with. */
  #next: Planned | null = null;
  #witness = new ReadingWitness();
  #hasBegun = false;
  /** Counts what makes a look that is under way worthless. */
  #age = 0;

  constructor(all: StartKeeperOptions) {
    this.#options = all;
    const { options, places, config, reading, background, observe, logger } = all;
    this.#inForce = plannedOf(config, reading, reading.conditions, observe);
    const words = process.argv.slice(1);
    this.#plan = new StartPlan({
      ...startPlanSubject(options, config, places, PROJECT),
      // The process in the background has a word that nobody wrote.
      words: background && words.at(-1) === BACKGROUND_OPTION ? words.slice(0, -1) : words,
      reading: () => {
        const { config: read, journalled: definition, conditions } = this.#planned;
        return { tree: read.tree, configuration: definitionDigest(definition), conditions: conditions() };
      },
      observe: (id) => this.#planned.observe(id),
      log: (line) => {
        if (options.logDetail) logger.log(line);
      },
    });
  }

  get #planned(): Planned {
    return this.#next ?? this.#inForce;
  }

  /** A reading begins: through this it finds what it reads. */
  beginReading(): ReadingWitness {
    this.#witness = new ReadingWitness();
    return this.#witness;
  }

  /** What the last reading found will be in force. */
  takeOver(config: Config, reading: ReadConfigResult): void {
    const witness = this.#witness;
    this.#inForce = plannedOf(config, reading, () => witness.conditions(), this.#options.observe);
    this.#next = null;
    this.#age += 1;
  }

  /** Something may have changed that the plan depends on. */
  renew(): void {
    if (this.#options.places.startPlan !== null && !this.#options.options.withoutCheckers)
      this.#watch.follow(this.#planned.conditions());
    this.#plan.renew();
    // A worker in place of another runs what that one ran, however the files had changed by then.
    if (!this.#hasBegun && !areAsRead(this.#inForce.conditions())) void this.#look();
    this.#hasBegun = true;
  }

  close(): Promise<void> {
    this.#age += 1;
    this.#watch.close();
    return this.#plan.close();
  }

  /** The files are others than they were: reads them as the next start would. */
  async #look(): Promise<void> {
    this.#age += 1;
    const age = this.#age;
    const witness = new ReadingWitness();
    const next = await realPieces.run(this.#nextInSteps(witness)).catch(() => null);
    if (age !== this.#age) return;
    this.#next = next;
    this.#watch.follow(witness.conditions());
    this.#plan.renew();
  }

  *#nextInSteps(witness: ReadingWitness): Steps<Planned | null> {
    const { options, config: running, observe, places } = this.#options;
    const environment = witness.environment(machineEnvironment(options));
    const reading = yield* readConfigInSteps(options.useFile, witness.files, environment);
    const { config, diagnostics } = reading;
    if (config === null || refusalOf(config, diagnostics) !== 0) return null;
    // The plan would have to lie elsewhere, or be about another table.
    if (
      JSON.stringify(identityOf(options, config.tree)) !== JSON.stringify(identityOf(options, running.tree))
    )
      return null;
    if (tableOf(options, config) !== tableOf(options, running)) return null;
    const isInForce = canonicalJson(journalled(reading)) === canonicalJson(this.#inForce.journalled);
    const views = isInForce ? observe : yield* foreseen(config, observe, () => fs.existsSync(places.orders));
    return plannedOf(config, reading, () => witness.conditions(), views);
  }
}

function plannedOf(config: Config, reading: KeptReading, conditions: Conditions, observe: Observe): Planned {
  // A reading with chance in it has no like.
  const whole = reading.randomSeed === null ? conditions : () => null;
  return { config, journalled: journalled(reading), conditions: whole, observe };
}

/** Whether each file has the content that was read. What else a reading depends on shows when the files are read again. */
function areAsRead(conditions: readonly StartCondition[] | null): boolean {
  return (conditions ?? []).every((condition) => {
    if (condition.kind === 'absent') return !fs.existsSync(condition.path);
    if (condition.kind !== 'file') return true;
    try {
      return lateCrypto().hash('sha256', fs.readFileSync(condition.path), 'hex') === condition.digest;
    } catch {
      return false;
    }
  });
}
