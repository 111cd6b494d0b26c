/** Which configurations a start refuses. */
import { configTestExitCode, type Diagnostic, startExitCode } from '../config/diagnostics.ts';
import type { Config } from '../config/model.ts';

/** Exit status of a start; 0: it goes on. keepalived: with reload_check_config a start is as strict as a reload, and goes on only where a test would be content. */
export function refusalOf(config: Config | null, diagnostics: readonly Diagnostic[]): 0 | 2 | 6 {
  const refusal = startExitCode(diagnostics);
  const isStrict = (config?.tree.global_defs[0]?.reload_check_config ?? null) !== null;
  return refusal === 0 && isStrict && configTestExitCode(diagnostics) !== 0 ? 2 : refusal;
}
