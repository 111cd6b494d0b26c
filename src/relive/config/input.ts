/** Configurations as these commands read them: the file is judged, not the machine that it is looked at on. */
import { configTestExitCode, type Diagnostic, formatDiagnostics } from '../../config/diagnostics.ts';
import { UNKNOWN_ENVIRONMENT } from '../../config/environment.ts';
import type { ConfigTree } from '../../config/model.ts';
import { type ReadConfigResult, readConfig } from '../../config/read.ts';
import { configFiles } from '../../host/config-files.ts';
import { CliError, EXIT, talk } from '../cli.ts';

/** @param configId null: as the reader has it */
export function readInput(file: string, configId: string | null): ReadConfigResult {
  const environment = configId === null ? UNKNOWN_ENVIRONMENT : { ...UNKNOWN_ENVIRONMENT, configId };
  return readConfig(file, configFiles, environment);
}

/** The configuration, or an end with its problems. */
export function usableTree(file: string, configId: string | null, exitCode?: number): ConfigTree {
  const { config, diagnostics } = readInput(file, configId);
  if (config !== null) return config.tree;
  talk(formatDiagnostics(worst(diagnostics)).trimEnd());
  const status = exitCode ?? (configTestExitCode(diagnostics) || EXIT.error);
  throw new CliError(status, `'${file}' cannot be used`);
}

function worst(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter(({ severity, unsupported }) => severity === 'error' && !unsupported);
}
