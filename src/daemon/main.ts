/** relived: command line, configuration, and then the VRRP process until a signal ends it. */
import { appendFileSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { vrrpActors } from '../config/actors.ts';
import {
  configTestExitCode,
  type Diagnostic,
  formatDiagnostics,
  startExitCode,
} from '../config/diagnostics.ts';
import { readConfig } from '../config/read.ts';
import type { JournalStateChange } from '../journal/model.ts';
import { type JournalWriter, openJournal } from '../journal/writer.ts';
import type { Json } from '../protocol/json.ts';
import { goToBackground, reportReady } from './background.ts';
import { configFiles } from './config-files.ts';
import { claimJournal, openControlSocket } from './control-socket.ts';
import { createLogger, type Logger } from './logger.ts';
import { type DaemonOptions, parseOptions, UsageError } from './options.ts';
import { removePidFile, writePidFile } from './pid-file.ts';
import { checkJournalDirectory, checkMachine, StartError } from './preflight.ts';
import { type Ending, VrrpProcess } from './vrrp-process.ts';

/** keepalived's exit statuses (behaviour: fatal 1, bad configuration 2, missing permission 4, no file 6). */
const EXIT_FATAL = 1;

/** A journal that cannot be written must not hold up the end of the process. */
const JOURNAL_CLOSE_MS = 2_000;

function version(): string {
  const file = join(import.meta.dirname, '..', '..', 'package.json');
  return String((JSON.parse(readFileSync(file, 'utf8')) as { version: unknown }).version);
}

function say(text: string): void {
  process.stderr.write(`${text.replace(/\n$/, '')}\n`);
}

/** Waits for a promise, but no longer than this. */
async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise.then(() => undefined), limit]);
  clearTimeout(timer);
}

/** keepalived is silent about keywords that it merely does not need; so are we, unless asked to test or for detail. */
function report(options: DaemonOptions, diagnostics: readonly Diagnostic[]): void {
  const detailed = options.logDetail || options.configTest !== null;
  const shown = diagnostics.filter(({ severity }) => detailed || severity !== 'note');
  if (shown.length === 0) return;
  if (options.configTest) appendFileSync(options.configTest, formatDiagnostics(shown));
  else say(formatDiagnostics(shown));
}

async function run(options: DaemonOptions): Promise<number> {
  const { config, diagnostics, files } = readConfig(options.useFile, configFiles);
  report(options, diagnostics);
  if (options.configTest !== null) return configTestExitCode(diagnostics);
  const refusal = startExitCode(diagnostics);
  if (config === null || refusal !== 0) return refusal;
  const actors = vrrpActors(config);
  checkMachine(actors);
  await checkJournalDirectory(options.journal);
  if (!options.dontFork) return goToBackground(options);

  const logger = createLogger(process.env.RELIVED_BACKGROUND === '1' ? 'system' : 'console');
  const node = options.node ?? config.global.routerId ?? hostname();
  for (const flags of options.ignored) logger.log(`option ${flags} has no effect`);
  const configuration = files.map(({ path, text }) => ({ path, text }));
  return serve(options, { node, actors, configuration, logger });
}

interface Service {
  readonly node: string;
  readonly actors: ReturnType<typeof vrrpActors>;
  readonly configuration: Json;
  readonly logger: Logger;
}

/** Runs until something ends it. Returns the exit status. */
async function serve(options: DaemonOptions, service: Service): Promise<number> {
  const { node, actors, configuration, logger } = service;
  // Whoever is second must notice before it writes a row or sends a packet.
  const owner = await claimJournal(options.journal);
  const running: { vrrp?: VrrpProcess; journal?: JournalWriter } = {};
  const control = await openControlSocket(options.control, {
    status: () => ({ ...running.vrrp?.status(), journal: running.journal?.status() ?? null }),
  });
  if (options.pidFile !== null) writePidFile(options.pidFile);
  const journal = openJournal({
    directory: options.journal,
    node,
    process: 'vrrp',
    onState: (change) => logger.log(journalLine(change)),
  });
  const vrrp = new VrrpProcess({ node, version: version(), actors, configuration, journal, logger });
  Object.assign(running, { vrrp, journal });
  const stopped = ending(logger).then(async (end) => {
    await vrrp.stop(end);
    return end.exitCode;
  });
  await vrrp.start();
  logger.log('Startup complete');
  reportReady();
  const exitCode = await stopped;
  control.close();
  if (options.pidFile !== null) removePidFile(options.pidFile);
  await within(journal.close(), JOURNAL_CLOSE_MS);
  owner?.close();
  logger.log('Stopped');
  logger.close();
  return exitCode;
}

function journalLine(change: JournalStateChange): string {
  return change.state === 'degraded'
    ? `journal cannot be written, history is kept in memory: ${change.error}`
    : 'journal is written again';
}

interface ProcessEnding extends Ending {
  readonly exitCode: number;
}

/** Resolves with the first thing that asks for an orderly end; later ones change nothing. */
function ending(logger: Logger): Promise<ProcessEnding> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () =>
        resolve({ event: { type: 'signal.received', signal }, reason: signal, exitCode: 0 }),
      );
    }
    // A reload is not there yet, and the default action would kill a router that holds addresses.
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE'] as const) {
      process.on(signal, () => {});
    }
    // A bug outside the statecharts: nothing here can be trusted to go on, but the addresses must not stay behind.
    process.on('uncaughtException', (error) => {
      logger.log(`internal error, resigning: ${error.stack ?? error.message}`);
      resolve({
        event: { type: 'process.failed', error: error.message },
        reason: `internal error: ${error.message}`,
        exitCode: EXIT_FATAL,
      });
    });
  });
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(argv);
    if ('help' in options) {
      say(options.help);
      return 0;
    }
    if (options.version) {
      say(`relived v${version()} (as keepalived 2.4.3), Node ${process.version}`);
      return 0;
    }
    return await run(options);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof StartError)) throw error;
    say(`relived: ${error.message}`);
    return error instanceof StartError ? error.exitCode : EXIT_FATAL;
  }
}

process.exit(await main(process.argv.slice(2)));
