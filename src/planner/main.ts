/**
 * The start plan of the start that is being made (docs/adr/0019-start-plan.md), for relived-starter, where there is none from
 * before: the daemon's own reading of the configuration, in an engine that is there in the time in which Node is not
 * (native/planner). What this program writes is the plan that `relived --prepare-start` would.
 */
import './node/language.ts';
import { readConfig } from '../config/read.ts';
import { allAtOnce } from '../config/steps.ts';
import { type DaemonOptions, parseOptions, UsageError } from '../daemon/options.ts';
import { refusalOf } from '../daemon/refusal.ts';
import { sourceOfStart } from '../daemon/start-plan-subject.ts';
import { startPlanText } from '../daemon/start-plan-text.ts';
import { configFiles } from '../host/config-files.ts';
import { machineEnvironment } from '../host/environment.ts';
import { ReadingWitness } from '../host/reading-witness.ts';
import { firstDoubt } from './doubts.ts';
import { host } from './host.ts';
import { dirname } from './node/path.ts';

/** The plan; or why there is none, '' where nobody has to hear of that; or what went wrong. */
type Result = { readonly plan: string } | { readonly none: string } | { readonly fault: string };

/** By the exit status. */
const STATUS = ['plan', 'none', 'fault'];

function planned(words: readonly string[]): Result {
  const [program = '', ...rest] = words;
  const options = parseOptions(rest);
  if ('help' in options || !isStart(options) || !mentionsVirtualServers(options.useFile)) return { none: '' };
  const witness = new ReadingWitness();
  const environment = witness.environment(machineEnvironment(options));
  const reading = readConfig(options.useFile, witness.files, environment);
  const { config, diagnostics } = reading;
  if (config === null || refusalOf(config, diagnostics) !== 0) return { none: 'it would not start' };
  if (config.tree.virtual_server.length === 0) return { none: '' };
  // build/program/relived.js
  const root = `${dirname(dirname(dirname(program)))}/`;
  const source = allAtOnce(sourceOfStart(options, { config, reading, witness }, words, root));
  if (source.path === null) return { none: '' };
  const made = allAtOnce(startPlanText(source.path, source));
  if (made === 'later') return { none: 'an actor that is not run has a table' };
  return 'none' in made ? made : { plan: made.text };
}

function isStart(options: DaemonOptions): boolean {
  const { configTest, prepareStart, signum, version, withoutCheckers } = options;
  return configTest === null && !prepareStart && signum === null && !version && !withoutCheckers;
}

/** Most configurations without one are known by this, before anything is parsed. */
function mentionsVirtualServers(entry: string): boolean {
  return configFiles.glob(entry, '').some((file) => {
    const found = configFiles.read(file);
    return 'text' in found && /virtual_server|include/.test(found.text);
  });
}

/** With its place: it is a fault of this program, or of the engine. */
function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${error.stack?.split('\n', 1)[0]?.trim() ?? ''}`;
}

/** As native/planner is told, which ends with the status. */
function main(): number {
  let result: Result;
  try {
    result = planned(host.words);
  } catch (error) {
    result = error instanceof UsageError ? { none: error.message } : { fault: faultText(error) };
  }
  const doubt = firstDoubt();
  if (doubt !== null) result = { none: `only Node can find out ${doubt}` };
  const [[kind = '', text = ''] = []] = Object.entries(result);
  host.write(text);
  return STATUS.indexOf(kind);
}

(globalThis as { status?: number }).status = main();
