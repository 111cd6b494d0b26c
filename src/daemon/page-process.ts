/**
 * relived_view: the page of the history, served by a process of its own that is nicer than anything else and reads the
 * journal as anybody could. Whatever is done to it, adverts leave in time; if it ends, it is started again.
 */
import { existsSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatListen } from '../config/listen-address.ts';
import type { Config } from '../config/model.ts';
import type { ViewSettings } from '../config/registry/global/view-kind.ts';
import { type ProgramHandle, type ProgramResult, Programs } from '../effects/programs/programs.ts';

/** Only what nobody else wants of the processors. */
const NICENESS = 19;
/** A history of any length needs less: what needs more is ended, and not by the kernel at the cost of others. */
const HEAP_MB = 192;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Whoever ran so long did not fail at its start. */
const SOUND_MS = 60_000;
const ENDS_WITHIN_MS = 2_000;
const ROOT = { uid: 0, gid: 0, groups: [] };

/** Beside this file, a source as this one or bundled as this one. */
const isSource = extname(import.meta.filename) === '.ts';
const RELIVE = fileURLToPath(new URL(isSource ? '../relive/main.ts' : './relive.js', import.meta.url));

/** Of util-linux, which every Debian has. */
const SETPRIV = '/usr/bin/setpriv';
/** Dropping capabilities for good is a capability itself, which a sandbox around the daemon may lack. */
const CAP_SETPCAP = 1n << 8n;
const LOW_PORTS = 1_024;

function canDrop(): boolean {
  const held = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return existsSync(SETPRIV) && (BigInt(`0x${held ?? '0'}`) & CAP_SETPCAP) !== 0n;
}

/**
 * The journal belongs to root, so the page runs as root; of what root may, it keeps what an owner of files may, and a low
 * port if it is to listen there. Somebody else who may read everything would not do: SQLite reads a segment that is being
 * written only where it may write the shared memory beside it, and from a copy of the whole segment otherwise.
 */
function withoutPower({ listen }: ViewSettings): readonly string[] {
  if (!canDrop()) return [];
  const isLow = 'port' in listen && listen.port > 0 && listen.port < LOW_PORTS;
  const bounds = `--bounding-set=-all${isLow ? ',+net_bind_service' : ''}`;
  return [SETPRIV, bounds, '--inh-caps=-all', '--no-new-privs', '--'];
}

export interface PageProcessOptions {
  readonly journal: string;
  readonly log: (line: string) => void;
}

export function viewCommandOf(settings: ViewSettings, journal: string): readonly string[] {
  const { listen, tokenFile, tlsCertificate, tlsKey, socketMode, names } = settings;
  const options: readonly (readonly [string, string | null])[] = [
    ['--token-file', tokenFile],
    ['--tls-cert', tlsCertificate],
    ['--tls-key', tlsKey],
    ['--socket-mode', socketMode],
    ...names.map((name) => ['--name', name] as const),
  ];
  return [
    ...[process.execPath, '--disable-warning=ExperimentalWarning', `--max-old-space-size=${HEAP_MB}`],
    ...[RELIVE, 'view', '--listen', formatListen(listen)],
    ...options.flatMap(([option, value]) => (value === null ? [] : [option, value])),
    ...['--', journal],
  ];
}

export class PageProcess {
  readonly #options: PageProcessOptions;
  readonly #programs = new Programs({
    // Our own program, from where this one is.
    policy: () => ({ secure: false, keepSymlinks: true }),
    isUnsafe: async () => false,
    niceness: NICENESS,
  });
  #wanted: ViewSettings | null = null;
  #running: ProgramHandle | null = null;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: PageProcessOptions) {
    this.#options = options;
  }

  /** At the start and after each reload; does what differs from before. */
  follow({ tree }: Config): void {
    const settings = tree.global_defs[0]?.relived_view ?? null;
    if (this.#closed || JSON.stringify(settings) === JSON.stringify(this.#wanted)) return;
    this.#wanted = settings;
    this.#pauseMs = FIRST_PAUSE_MS;
    if (settings === null) this.#options.log('The page of the history is served no more');
    if (this.#running === null) this.#start();
    else this.#end(this.#running);
  }

  /** Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#programs.stop();
  }

  /** The next one starts when it has ended: it may want the same address. */
  #end(running: ProgramHandle): void {
    running.signal('SIGTERM');
    this.#timer = setTimeout(() => running.signal('SIGKILL'), ENDS_WITHIN_MS);
  }

  #start(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const settings = this.#wanted;
    if (settings === null || this.#closed) return;
    const { journal, log } = this.#options;
    log(`The page of the history is served at ${formatListen(settings.listen)}`);
    const command = [...withoutPower(settings), ...viewCommandOf(settings, journal)];
    this.#running = this.#programs.run({ command, identity: ROOT, limit: null, keepOutput: true }, (result) =>
      this.#ended(settings, result),
    );
  }

  #ended(settings: ViewSettings, result: ProgramResult): void {
    this.#running = null;
    if (this.#closed) return;
    if (settings !== this.#wanted) {
      this.#start();
      return;
    }
    if (result.durationUs >= SOUND_MS * 1_000) this.#pauseMs = FIRST_PAUSE_MS;
    this.#options.log(`The page of the history ${wordsOf(result)}, again in ${this.#pauseMs / 1_000} s`);
    this.#timer = setTimeout(() => this.#start(), this.#pauseMs);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.#pauseMs);
  }
}

function wordsOf(result: ProgramResult): string {
  const complaint = result.output.split('\n').findLast((line) => line.startsWith('relive: '));
  const said = complaint === undefined ? '' : ` (${complaint.slice('relive: '.length)})`;
  switch (result.kind) {
    case 'exited':
      return `ended with status ${result.code}${said}`;
    case 'notStarted':
      return `could not be started: ${result.error}`;
    default:
      return `was ended by ${result.kind === 'killed' ? result.signal : 'SIGKILL'}${said}`;
  }
}
