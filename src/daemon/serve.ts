/** A configuration that can be used becomes the running VRRP process, until something ends it. */
import fs from 'node:fs';
import { hostname } from 'node:os';
import { dumpConfig } from '../config/dump.ts';
import type { Config } from '../config/model.ts';
import { withAddresses } from '../config/names.ts';
import { readConfigInSteps } from '../config/read.ts';
import { allAtOnce } from '../config/steps.ts';
import { machineEnvironment } from '../host/environment.ts';
import type { ReadingWitness } from '../host/reading-witness.ts';
import { sourceStack } from '../host/source-stack.ts';
import { version } from '../host/version.ts';
import type { JournalStateChange } from '../journal/model.ts';
import { type JournalWriter, openJournal } from '../journal/writer.ts';
import { goToBackground, outliveTerminal, reportReady } from './background.ts';
import { realClock, realScheduler } from './clock.ts';
import { checkerStartLines, latestActors, vrrpConfiguration } from './configuration.ts';
import { claimJournal, openControlSocket } from './control-socket.ts';
import { Dumper } from './dumper.ts';
import { type Handover, handoverText } from './handover.ts';
import { endJournal } from './journal-end.ts';
import { createLogger, type Logger, loggerOptions } from './logger.ts';
import { NameBook } from './name-book.ts';
import { NameWatch } from './name-watch.ts';
import { leaveRunDirectory } from './namespace.ts';
import type { DaemonOptions } from './options.ts';
import { runConfigured } from './own-script.ts';
import { PageProcess } from './page-process.ts';
import { PidFile } from './pid-file.ts';
import { identityOf, type Places, placesOf } from './places.ts';
import { checkJournalDirectory, checkPrivilege } from './preflight.ts';
import { Reloader } from './reloader.ts';
import { listenForRequests, type RequestPurpose } from './requests.ts';
import { SavedConfigurations } from './saved-configurations.ts';
import { allowCoreDumps, processSettings, Scheduling } from './scheduling.ts';
import { type ServiceManager, serviceManager } from './service-manager.ts';
import { StartError } from './start-error.ts';
import { StartKeeper } from './start-keeper.ts';
import { dismissGuard, takeStartNote } from './start-note.ts';
import { type Ending, type VrrpConfiguration, VrrpProcess } from './vrrp-process.ts';
import { Watch } from './watchdog/watch.ts';

const EXIT_FATAL = 1;
/** keepalived's for a bug: the watchdog starts the next worker. */
const EXIT_PROGRAM_ERROR = 70;

/** What is kept on a disk that does not answer must not hold up the end of the process. */
const KEPT_MS = 2_000;

/** Its thread begins after the actors, so that they need not share a processor with it; thousands do not hold it up. */
const JOURNAL_BEGINS_MS = 250;

export interface Start {
  readonly config: Config;
  /** Where it was read from. */
  readonly reading: Handover;
  /** This is the process that a start left behind in the background. */
  readonly background: boolean;
}

/** Runs the configuration. Returns the exit status; what prevents the start is said on standard error. */
export async function start(options: DaemonOptions, what: Start): Promise<number> {
  try {
    return await startChecked(options, what);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`relived: ${error.message}\n`);
    return error.exitCode;
  } finally {
    if (options.dontFork || what.background) leaveRunDirectory();
  }
}

async function startChecked(options: DaemonOptions, { config, reading, background }: Start): Promise<number> {
  const watch = Watch.take();
  checkPrivilege();
  const configuration = allAtOnce(vrrpConfiguration(options, config, reading));
  const places = placesOf(options, config.tree);
  await checkJournalDirectory(places.journal);
  if (!options.dontFork && !background) return goToBackground(reading, watch?.program ?? null);

  if (background) outliveTerminal();
  const logger = createLogger(loggerOptions(options, background));
  const node = options.node ?? config.global.routerId ?? hostname();
  for (const flags of options.ignored) logger.log(`option ${flags} has no effect`);
  if (options.dumpConfig) for (const line of dumpConfig(config.tree).split('\n')) logger.log(line);
  const restoreCorePattern = allowCores(options, logger);
  try {
    const service = { node, config, reading, configuration, places, logger, background, watch };
    return await serve(options, service);
  } finally {
    restoreCorePattern();
  }
}

function allowCores({ coreDump }: DaemonOptions, logger: Logger): () => void {
  return coreDump === null ? () => {} : allowCoreDumps(coreDump, (line) => logger.log(line));
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

interface Service {
  readonly node: string;
  readonly config: Config;
  readonly reading: Handover;
  readonly configuration: VrrpConfiguration;
  readonly places: Places;
  readonly logger: Logger;
  readonly background: boolean;
  /** Null: nobody watches over this process. */
  readonly watch: Watch | null;
}

/** Runs until something ends it. Returns the exit status. */
async function serve(options: DaemonOptions, service: Service): Promise<number> {
  const { node, config, configuration, places, logger, watch } = service;
  if (places.reloadFile !== null) fs.rmSync(places.reloadFile, { force: true });
  // Whoever is second must notice before it writes a row or sends a packet.
  const pidFiles = [places.pidFiles.main, places.pidFiles.vrrp].map(
    (path) => new PidFile(path, watch?.hasLocked(path) ?? false),
  );
  const owner = await claimJournal(places.journal);
  const running: { vrrp?: VrrpProcess; journal?: JournalWriter; names?: NameWatch } = {};
  const control = await openControlSocket(places.control, {
    status: async () => ({
      ...(await running.vrrp?.observation.status()),
      names: running.names?.status(realClock.monotonicUs()) ?? [],
      journal: running.journal?.status() ?? null,
    }),
    server: async (request) => {
      const answer = (await running.vrrp?.orderServers(request)) ?? { error: 'not started yet' };
      startPlan.renew();
      return answer;
    },
  });
  const scheduling = new Scheduling((line) => logger.log(line));
  scheduling.apply(processSettings(config.tree, options.umask));
  const manager = serviceManager(watch);
  const [mainFile, vrrpFile] = pidFiles;
  mainFile?.write(watch?.pid ?? process.pid);
  vrrpFile?.write(process.pid);
  watch?.begin(
    pidFiles.map(({ fd }) => fd),
    !options.dontRespawn,
  );
  const journal = openJournal({
    directory: places.journal,
    node,
    process: 'vrrp',
    beginsWithinMs: JOURNAL_BEGINS_MS,
    limits: {
      ...(options.journalSize === null ? {} : { quotaBytes: options.journalSize }),
      ageUs: options.journalAge,
    },
    onState: (change) => logger.log(journalLine(change)),
  });
  const told = takeStartNote();
  const vrrp = new VrrpProcess({
    ...{ node, version: version(), configuration, journal, logger },
    startNote: told?.note ?? null,
    watch,
    // A process without checkers has no real servers, and orders for none of them are out of date.
    orders: options.withoutCheckers ? null : places.orders,
    detail: options.logDetail,
  });
  scheduling.alsoRealtime((priority) => vrrp.setHeartbeatRealtime(priority));
  Object.assign(running, { vrrp, journal });
  const identity = identityOf(options, config.tree);
  const dumper: Dumper = new Dumper({
    ...{ process: vrrp.observation, identity, logger },
    config: () => withAddresses(reloader.config, names.addressesFor(reloader.config.tree)),
  });
  const saved = new SavedConfigurations(dumper, (line) => logger.log(line));
  const names: NameWatch = new NameWatch({
    ...{ clock: realClock, scheduler: realScheduler },
    book: new NameBook({
      path: options.withoutCheckers ? null : places.names,
      log: (line) => logger.log(line),
    }),
    changed: (event) => reloader.derive(event),
    note: (event) => vrrp.note(event),
  });
  const startPlan = new StartKeeper({
    ...{ options, places, config, reading: service.reading, configuration },
    ...{ background: service.background, observe: (id) => vrrp.observation.observeActor(id), logger },
  });
  const page = new PageProcess({ journal: places.journal, log: (line) => logger.log(line) });
  const parts = { vrrp, scheduling, manager, saved, names, startPlan, page };
  const reloader: Reloader = createReloader(options, service, parts);
  running.names = names;
  saved.copy(config, () => service.reading.consolidated);
  listenForRequests(requestsFor(reloader, dumper));
  const scripts = { log: (line: string) => logger.log(line), detail: options.logDetail };
  const startup = runConfigured('startup', config, scripts);
  const stopped = ending(options, logger, watch !== null).then(async (end) => {
    if (end.exitCode !== EXIT_PROGRAM_ERROR) manager.stopping();
    reloader.close();
    const kept = Promise.all([names.close(), startPlan.close()]);
    const served = page.stop();
    await startup.stop();
    await vrrp.stop(end, !options.dontReleaseVrrp);
    await runConfigured('shutdown', reloader.config, scripts).ended;
    await within(Promise.all([kept, served]), KEPT_MS);
    return end.exitCode;
  });
  // What is answered in time is there from the start: entries in the kernel's table that a killed predecessor left stay.
  if (!options.withoutCheckers) names.follow(config.tree);
  await startup.ended;
  const { actors } = configuration;
  await vrrp.start(() => latestActors(options, config, actors, names.addressesFor(config.tree)));
  // Of what has not begun when the end comes the guard takes care.
  if (!vrrp.isStopping) dismissGuard(told?.guard ?? null);
  journal.begin();
  for (const line of checkerStartLines(options, config)) logger.log(line);
  logger.log('Startup complete');
  reloader.open();
  names.open();
  startPlan.renew();
  page.follow(config);
  vrrp.ready();
  watch?.ready();
  manager.ready();
  reportReady();
  watch?.keepConfiguration(handoverText(service.reading));
  const exitCode = await stopped;
  control.close();
  for (const file of pidFiles) file.remove();
  await endJournal(journal, {
    inHaste: exitCode === EXIT_PROGRAM_ERROR,
    log: (line) => logger.log(line),
  });
  owner?.close();
  logger.log('Stopped');
  logger.close();
  return exitCode;
}

interface Parts {
  readonly vrrp: VrrpProcess;
  readonly scheduling: Scheduling;
  readonly manager: ServiceManager;
  readonly saved: SavedConfigurations;
  readonly names: NameWatch;
  readonly startPlan: StartKeeper;
  readonly page: PageProcess;
}

function createReloader(
  options: DaemonOptions,
  service: Service,
  { vrrp, scheduling, manager, saved, names, startPlan, page }: Parts,
): Reloader {
  let witness: ReadingWitness | null = null;
  const reloader: Reloader = new Reloader({
    options,
    config: service.config,
    reading: service.reading,
    addressesFor: (tree) => names.addressesFor(tree),
    process: vrrp,
    read: () => {
      witness = startPlan.beginReading();
      return readConfigInSteps(
        options.useFile,
        witness.files,
        witness.environment(machineEnvironment(options)),
      );
    },
    logger: service.logger,
    onBegin: () => manager.reloading(),
    onEnd: () => manager.ready(),
    onTakenOver: (config, reading) => {
      startPlan.takeOver(config, reading);
      if (!options.withoutCheckers) names.follow(config.tree);
      saved.before(reloader.config);
      saved.copy(config, () => reading.consolidated);
      const { consolidated, files, randomSeed } = reading;
      const conditions = () => witness?.conditions() ?? null;
      service.watch?.keepConfiguration(handoverText({ consolidated, files, randomSeed, conditions }));
      scheduling.apply(processSettings(config.tree, options.umask));
    },
    onCarriedOut: () => {
      saved.after(reloader.config);
      startPlan.renew();
      page.follow(reloader.config);
    },
  });
  return reloader;
}

function requestsFor(reloader: Reloader, dumper: Dumper): Readonly<Record<RequestPurpose, () => void>> {
  return {
    RELOAD: () => reloader.request({ type: 'signal.received', signal: 'SIGHUP' }),
    DATA: () => dumper.data(),
    STATS: () => dumper.stats(false),
    STATS_CLEAR: () => dumper.stats(true),
    JSON: () => dumper.json(),
  };
}

function journalLine(change: JournalStateChange): string {
  if (change.state === 'setAside')
    return `journal segment ${change.segment} is damaged (${change.reason}) and was set aside: ${change.path}`;
  return change.state === 'degraded'
    ? `journal cannot be written, history is kept in memory: ${change.error}`
    : 'journal is written again';
}

interface ProcessEnding extends Ending {
  readonly exitCode: number;
}

/** Resolves with the first thing that asks for an orderly end; later ones change nothing. */
function ending(
  { ignoreInterrupt }: DaemonOptions,
  logger: Logger,
  isWatched: boolean,
): Promise<ProcessEnding> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (signal === 'SIGINT' && ignoreInterrupt) return;
        resolve({ event: { type: 'signal.received', signal }, reason: signal, exitCode: 0 });
      });
    }
    process.on('SIGPIPE', () => {});
    // A bug outside the statecharts: nothing here can be trusted to go on, but the addresses must not stay behind.
    process.on('uncaughtException', (error) => {
      logger.log(`internal error, resigning: ${sourceStack(error)}`);
      resolve({
        event: { type: 'process.failed', error: error.message },
        reason: `internal error: ${error.message}`,
        exitCode: isWatched ? EXIT_PROGRAM_ERROR : EXIT_FATAL,
      });
    });
  });
}
