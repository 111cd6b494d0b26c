/** Configurations as these commands read them. */
import { configTestExitCode, type Diagnostic, formatDiagnostics } from '../../config/diagnostics.ts';
import { type Environment, UNKNOWN_ENVIRONMENT } from '../../config/environment.ts';
import type { ConfigTree } from '../../config/model.ts';
import { type ReadConfigResult, readConfig } from '../../config/read.ts';
import { configFiles } from '../../host/config-files.ts';
import { machineEnvironment } from '../../host/environment.ts';
import { CliError, EXIT, talk } from '../cli.ts';

/** What every command that reads configurations can be told of them. */
export interface InputOptions {
  /** false (`--no-host`): they are another machine's, so nothing is checked against this one. */
  readonly host: boolean;
  /** One for each file; the first holds for files without one. */
  readonly configId: readonly string[];
}

/** Reads the files of one command, all with the same facts. */
export class Inputs {
  readonly #environment: Environment;
  readonly #options: InputOptions;

  constructor(options: InputOptions) {
    this.#options = options;
    this.#environment = options.host ? machineEnvironment({ configId: null }) : UNKNOWN_ENVIRONMENT;
  }

  /** @param index position of the file among those of the command */
  read(file: string, index = 0): ReadConfigResult {
    const { configId } = this.#options;
    const known = configId[index] ?? configId[0] ?? null;
    const environment = known === null ? this.#environment : { ...this.#environment, configId: known };
    return readConfig(file, configFiles, environment);
  }

  /** The configuration, or an end with its problems. */
  usableTree(file: string, { index = 0, exitCode }: { index?: number; exitCode?: number } = {}): ConfigTree {
    const { config, diagnostics } = this.read(file, index);
    if (config !== null) return config.tree;
    talk(formatDiagnostics(worst(diagnostics)).trimEnd());
    const status = exitCode ?? (configTestExitCode(diagnostics) || EXIT.error);
    const isForeign = this.#options.host && diagnostics.some(({ code }) => code === 'bad-interface');
    const help = isForeign ? "; if it is another machine's: --no-host" : '';
    throw new CliError(status, `'${file}' cannot be used${help}`);
  }
}

function worst(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter(({ severity, unsupported }) => severity === 'error' && !unsupported);
}
