/** SIGHUP: reads the configuration again, and has the running process go on with it if it can be used. */

import { formatDiagnostics, startExitCode } from '../config/diagnostics.ts';
import { diffConfigs } from '../config/diff/diff.ts';
import type { Config } from '../config/model.ts';
import type { ReadConfigResult } from '../config/read.ts';
import type { ActorEvent } from '../engine/types.ts';
import { vrrpConfiguration } from './configuration.ts';
import type { Logger } from './logger.ts';
import { StartError } from './preflight.ts';
import type { VrrpConfiguration } from './vrrp-process.ts';

/** What a reload changes. */
export interface Reloadable {
  reload(configuration: VrrpConfiguration, cause: number): Promise<void>;
  note(event: ActorEvent, cause?: number | null): number;
}

export interface ReloaderOptions {
  /** What runs now. */
  readonly config: Config;
  readonly process: Reloadable;
  /** Reads the files as they are now. Never throws. */
  readonly read: () => ReadConfigResult;
  readonly logger: Logger;
  /** Notes are shown too. */
  readonly detail: boolean;
}

/** Why a configuration is not taken over; each a line for the log. */
type Refusal = readonly string[];

export class Reloader {
  readonly #options: ReloaderOptions;
  #config: Config;
  #running: Promise<void> | null = null;
  #queued = false;

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** The configuration in force. */
  get config(): Config {
    return this.#config;
  }

  /**
   * Reloads, or does so once the reload that is going on has come to its end: one request waits, as with keepalived (2.4.3),
   * for any more would read the same files. `event` is the fact that asks for it.
   */
  request(event: ActorEvent): void {
    const cause = this.#options.process.note(event);
    if (this.#running !== null) {
      this.#options.logger.log('Reload already in progress, request queued');
      this.#queued = true;
      return;
    }
    this.#running = this.#reload(cause).finally(() => {
      this.#running = null;
      if (!this.#queued) return;
      this.#queued = false;
      this.#options.logger.log('Processing queued reload');
      this.request({ type: 'reload.resumed' });
    });
  }

  /** Resolves when no reload is going on and none waits. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #reload(cause: number): Promise<void> {
    const { process, read, logger } = this.#options;
    logger.log('Reloading ...');
    const reading = read();
    const judged = this.#judge(reading);
    if ('refusal' in judged) {
      for (const line of judged.refusal) logger.log(line);
      logger.log('the reload is refused, the former configuration holds');
      process.note({ type: 'configuration.refused', problems: judged.refusal }, cause);
      return;
    }
    this.#config = judged.config;
    await process.reload(judged.configuration, cause);
    logger.log('Reload complete');
  }

  #judge(
    reading: ReadConfigResult,
  ): { refusal: Refusal } | { config: Config; configuration: VrrpConfiguration } {
    const { config, diagnostics } = reading;
    const usable = config !== null && startExitCode(diagnostics) === 0;
    const shown = diagnostics.filter(({ severity }) =>
      usable ? this.#options.detail || severity !== 'note' : severity === 'error',
    );
    const lines = formatDiagnostics(shown)
      .split('\n')
      .filter((line) => line !== '');
    if (!usable) return { refusal: lines };
    const { refused } = diffConfigs(this.#config.tree, config.tree);
    if (refused.length > 0) {
      return {
        refusal: refused.map(
          ({ keyword }) => `Cannot change ${keyword} at a reload - please restart relived`,
        ),
      };
    }
    for (const line of lines) this.#options.logger.log(line);
    try {
      return { config, configuration: vrrpConfiguration(config, reading) };
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      return { refusal: [error.message] };
    }
  }
}
