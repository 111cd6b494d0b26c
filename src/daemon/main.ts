/**
 * relived: command line and configuration. What a test of the configuration does not need (journal, sockets, machines) is
 * loaded only by a start.
 */
import {
  configTestExitCode,
  type Diagnostic,
  diagnosticsJson,
  formatDiagnostics,
  startExitCode,
  unsupportedSummary,
} from '../config/diagnostics.ts';
import { readConfig, readConsolidated } from '../config/read.ts';
import { configFiles } from '../host/config-files.ts';
import { machineEnvironment } from '../host/environment.ts';
import { BACKGROUND_VARIABLE, type DaemonOptions, parseOptions, UsageError } from './options.ts';
import { openTestLog } from './test-log.ts';

/** keepalived's exit statuses (behaviour: fatal 1, bad configuration 2, missing permission 4, no file 6). */
const EXIT_FATAL = 1;

function say(text: string): void {
  process.stderr.write(`${text.replace(/\n$/, '')}\n`);
}

/** `relived -t`: every problem to the log (or standard error), then the status of keepalived's test. */
function testConfig(options: DaemonOptions, log: string): number {
  const write = log === '' ? say : openTestLog(log);
  const { diagnostics } = readConfig(options.useFile, configFiles, machineEnvironment(options));
  if (options.output === 'json') {
    process.stdout.write(`${diagnosticsJson(diagnostics)}\n`);
    return configTestExitCode(diagnostics);
  }
  const summary = unsupportedSummary(diagnostics);
  const text = formatDiagnostics(diagnostics) + (summary === null ? '' : `relived: ${summary}\n`);
  if (text !== '') write(text);
  return configTestExitCode(diagnostics);
}

/** keepalived is silent about keywords that it merely does not need; so are we, unless asked for detail. */
function report(options: DaemonOptions, diagnostics: readonly Diagnostic[]): void {
  const shown = diagnostics.filter(({ severity }) => options.logDetail || severity !== 'note');
  if (shown.length > 0) say(formatDiagnostics(shown));
}

async function run(options: DaemonOptions): Promise<number> {
  if (options.configTest !== null) return testConfig(options, options.configTest);
  if (process.env[BACKGROUND_VARIABLE] === '1') return runInBackground(options);
  const reading = readConfig(options.useFile, configFiles, machineEnvironment(options));
  const { config, diagnostics } = reading;
  report(options, diagnostics);
  const refusal = startExitCode(diagnostics);
  if (config === null || refusal !== 0) return refusal;
  const { start } = await import('./serve.ts');
  return start(options, { config, reading, background: false });
}

/** What the process in the terminal has read and complained about; only the machine may have changed since. */
async function runInBackground(options: DaemonOptions): Promise<number> {
  const { receiveConfiguration } = await import('./handover.ts');
  delete process.env[BACKGROUND_VARIABLE];
  const handover = await receiveConfiguration().catch((error: Error) => error);
  if (handover instanceof Error) {
    say(`relived: ${handover.message}`);
    return EXIT_FATAL;
  }
  const { config, diagnostics } = readConsolidated(handover.consolidated, machineEnvironment(options));
  const refusal = startExitCode(diagnostics);
  if (config === null || refusal !== 0) {
    report(options, diagnostics);
    return refusal;
  }
  const { start } = await import('./serve.ts');
  return start(options, { config, reading: handover, background: true });
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(argv);
    if ('help' in options) {
      say(options.help);
      return 0;
    }
    if (options.version) {
      const { version } = await import('./version.ts');
      say(`relived v${version()} (as keepalived 2.4.3), Node ${process.version}`);
      return 0;
    }
    return await run(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(`relived: ${error.message}`);
    return EXIT_FATAL;
  }
}

process.exit(await main(process.argv.slice(2)));
