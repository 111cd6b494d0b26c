/** SIGHUP: reads the configuration again, and has the running process go on with it if it can be used. */

import fs from 'node:fs';
import {
  configTestExitCode,
  type Diagnostic,
  formatDiagnostics,
  startExitCode,
} from '../config/diagnostics.ts';
import { refusedAtReload } from '../config/diff/diff.ts';
import type { Config, ConfigTree } from '../config/model.ts';
import type { NameAddresses } from '../config/names.ts';
import type { ReadConfigResult } from '../config/read.ts';
import type { Steps } from '../config/steps.ts';
import type { ActorEvent } from '../engine/types.ts';
import { checkerStartLines, vrrpConfiguration } from './configuration.ts';
import { type KeptReading, kept } from './handover.ts';
import type { Logger } from './logger.ts';
import type { DaemonOptions } from './options.ts';
import { realPieces, realTurn } from './pieces.ts';
import { placesOf } from './places.ts';
import { ReloadWatch } from './reload-watch.ts';
import { StartError } from './start-error.ts';
import type { VrrpConfiguration } from './vrrp-process.ts';

/** What a reload changes. */
export interface Reloadable {
  reload(configuration: VrrpConfiguration, cause: number, isDerived?: boolean): Promise<void>;
  note(event: ActorEvent, cause?: number | null): number;
}

export interface ReloaderOptions {
  readonly options: DaemonOptions;
  /** What runs now, and where it was read from. */
  readonly config: Config;
  readonly reading: KeptReading;
  /** What is known of names of real servers. */
  readonly addressesFor: (tree: ConfigTree) => NameAddresses;
  readonly process: Reloadable;
  /** Reads the files as they are now, in steps. Never throws. */
  readonly read: () => Steps<ReadConfigResult>;
  readonly logger: Logger;
  readonly onBegin: () => void;
  /** Whatever came of it. */
  readonly onEnd: () => void;
  /** Before the process is told: this configuration, of this reading, will be in force. */
  readonly onTakenOver: (config: Config, reading: ReadConfigResult) => void;
  /** What the configuration changes has been carried out. */
  readonly onCarriedOut: () => void;
}

/** Why a configuration is not taken over; each a line for the log. */
type Refusal = readonly string[];

export class Reloader {
  readonly #options: ReloaderOptions;
  #config: Config;
  #reading: KeptReading;
  /** The fact that has waited since the reload that is going on began; null: none. */
  #derivationDue: number | null = null;
  #watch: ReloadWatch | null = null;
  /** The start counts as one: until it is over requests wait. */
  #busy = true;
  #queued = false;
  #closed = false;

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#reading = options.reading;
  }

  /** The configuration in force. */
  get config(): Config {
    return this.#config;
  }

  /** The start is over. */
  open(): void {
    this.#followReloadTime();
    this.#next();
  }

  /** The daemon ends: no reload begins any more. */
  close(): void {
    this.#closed = true;
    this.#watch?.close();
  }

  /**
   * Reloads, or does so once the reload that is going on has come to its end: one request waits, as with keepalived (2.4.3),
   * for any more would read the same files. `event` is the fact that asks for it.
   */
  request(event: ActorEvent): void {
    if (this.#closed) return;
    const cause = this.#options.process.note(event);
    if (this.#busy) {
      this.#options.logger.log('Reload already in progress, request queued');
      this.#queued = true;
      return;
    }
    this.#busy = true;
    void this.#reload(cause).finally(() => {
      this.#options.onEnd();
      this.#followReloadTime();
      this.#next();
    });
  }

  /** Goes on with the same configuration, whose real servers are others now; after a reload that is going on. */
  derive(event: ActorEvent): void {
    if (this.#closed) return;
    const cause = this.#options.process.note(event);
    if (this.#busy) this.#derivationDue = cause;
    else void this.#derive(cause);
  }

  async #derive(cause: number): Promise<void> {
    this.#busy = true;
    this.#derivationDue = null;
    const { options, process, logger, addressesFor } = this.#options;
    try {
      const addresses = addressesFor(this.#config.tree);
      const steps = vrrpConfiguration(options, this.#config, this.#reading, addresses);
      const configuration = await realPieces.run(steps);
      if (!this.#closed) await process.reload(configuration, cause, true);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      logger.log(`real servers stay as they are: ${error.message}`);
    } finally {
      this.#next();
    }
  }

  #next(): void {
    this.#busy = false;
    if (this.#closed) return;
    if (!this.#queued && this.#derivationDue !== null) void this.#derive(this.#derivationDue);
    if (!this.#queued) return;
    this.#queued = false;
    this.#options.logger.log('Processing queued reload');
    this.request({ type: 'reload.resumed' });
  }

  #followReloadTime(): void {
    this.#watch?.close();
    this.#watch = null;
    const [globals] = this.#config.tree.global_defs;
    const file = globals?.reload_time_file ?? null;
    if (file === null || this.#closed) return;
    this.#watch = new ReloadWatch({
      file,
      repeat: globals?.reload_repeat === true,
      log: (line) => this.#options.logger.log(line),
      reload: () => this.request({ type: 'reload.due', file }),
    });
  }

  async #reload(cause: number): Promise<void> {
    const { process, logger, onBegin, onTakenOver, onCarriedOut } = this.#options;
    logger.log('Reloading ...');
    onBegin();
    // Each of these steps takes its time with thousands of servers: adverts leave in between.
    await realTurn();
    const reading = await this.#read();
    await realTurn();
    const judged = await this.#judge(reading);
    await realTurn();
    if (this.#closed) return;
    if ('refusal' in judged) {
      for (const line of judged.refusal) logger.log(line);
      logger.log('the reload is refused, the former configuration holds');
      process.note({ type: 'configuration.refused', problems: judged.refusal }, cause);
      return;
    }
    onTakenOver(judged.config, reading);
    this.#config = judged.config;
    this.#reading = kept(reading);
    await process.reload(judged.configuration, cause);
    onCarriedOut();
    for (const line of checkerStartLines(this.#options.options, judged.config)) logger.log(line);
    logger.log('Reload complete');
  }

  /** While the files are read, reload_file says so to whoever writes them. */
  async #read(): Promise<ReadConfigResult> {
    const { reloadFile } = placesOf(this.#options.options, this.#config.tree);
    if (reloadFile === null) return realPieces.run(this.#options.read());
    try {
      fs.writeFileSync(reloadFile, '', { mode: 0o644 });
    } catch (error) {
      this.#options.logger.log(
        `Failed to create reload file: ${error instanceof Error ? error.message : error}`,
      );
    }
    try {
      return await realPieces.run(this.#options.read());
    } finally {
      fs.rmSync(reloadFile, { force: true });
    }
  }

  /** reload_check_config: what a test would complain of refuses the reload, and is in that file. null: nothing. */
  #failsCheck(diagnostics: readonly Diagnostic[]): string | null {
    const log = this.#config.tree.global_defs[0]?.reload_check_config ?? null;
    if (log === null) return null;
    try {
      const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = fs.constants;
      const fd = fs.openSync(log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644);
      fs.writeFileSync(fd, formatDiagnostics(diagnostics));
      fs.closeSync(fd);
    } catch (error) {
      this.#options.logger.log(`${log} cannot be written: ${error instanceof Error ? error.message : error}`);
    }
    return configTestExitCode(diagnostics) === 0
      ? null
      : `New config failed validation, see ${log} for details`;
  }

  async #judge(
    reading: ReadConfigResult,
  ): Promise<{ refusal: Refusal } | { config: Config; configuration: VrrpConfiguration }> {
    const { config, diagnostics } = reading;
    const usable = config !== null && startExitCode(diagnostics) === 0;
    const shown = diagnostics.filter(({ severity }) =>
      usable ? this.#options.options.logDetail || severity !== 'note' : severity === 'error',
    );
    const lines = formatDiagnostics(shown)
      .split('\n')
      .filter((line) => line !== '');
    if (!usable) return { refusal: lines };
    const failed = this.#failsCheck(diagnostics);
    if (failed !== null) return { refusal: [failed] };
    const refused = refusedAtReload(this.#config.tree, config.tree);
    if (refused.length > 0) {
      return {
        refusal: refused.map(
          ({ keyword }) => `Cannot change ${keyword} at a reload - please restart relived`,
        ),
      };
    }
    for (const line of lines) this.#options.logger.log(line);
    await realTurn();
    const addresses = this.#options.addressesFor(config.tree);
    try {
      const steps = vrrpConfiguration(this.#options.options, config, reading, addresses);
      return { config, configuration: await realPieces.run(steps) };
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      return { refusal: [error.message] };
    }
  }
}
