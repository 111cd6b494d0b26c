/**
 * Keeps the start plan: the table that a cold start of the configuration in force sets before it has checked anything, and
 * what that depends on, for relived-starter to set it before the next start's program begins (docs/adr/0019-start-plan.md).
 *
 * Left out is every virtual server whose first table depends on more than the configuration: real servers by name, checks
 * that follow a file or a session (FILE_CHECK, BFD_CHECK), programs whose first result decides (MISC_CHECK with alpha), and
 * standing orders of operators. There is no plan where something comes before the table (lvs_flush, startup_script), where
 * a reading is never the same again (`${_RANDOM}`), where the program is run from its sources, and without IPVS.
 */
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type NamedVirtualServer, namedVirtualServers } from '../config/actors/checks.ts';
import type { ConfigTree } from '../config/model.ts';
import type { Steps } from '../config/steps.ts';
import { startTable, type Wanted } from '../effects/ipvs/start-table.ts';
import type { ActorView } from '../engine/engine.ts';
import type { ActorId } from '../engine/types.ts';
import { lateCrypto } from '../io/late-modules.ts';
import type { RealServerContext } from '../machines/real-server/real-server.context.ts';
import {
  initialContext,
  type VirtualServerContext,
} from '../machines/virtual-server/virtual-server.context.ts';
import type { VirtualServerInput } from '../machines/virtual-server/virtual-server.input.ts';
import { after, wholeTable } from '../machines/virtual-server/virtual-server.updates.ts';
import type { ServicePlan } from '../protocol/ipvs/plan.ts';
import type { JsonObject } from '../protocol/json.ts';
import { type StartCondition, startPlanHead, startPlanLines } from '../protocol/start-plan.ts';
import { realPieces } from './pieces.ts';
import { replaceFile } from './replace-file.ts';

/** After the last thing that may have changed it: a start, a reload or an order has come to rest by then. */
const SETTLES_MS = 1_000;
/** How often a table that is still being set is waited for. */
const MOST_WAITS = 60;
/** As much as the starter reads. */
const MOST_BYTES = 64 * 1024 * 1024;

/** What the configuration in force was read from. */
export interface StartReading {
  readonly tree: ConfigTree;
  /** Digest of its definition in the journal. */
  readonly configuration: string;
  /** Null: they cannot be described, or it is never read the same again. */
  readonly conditions: readonly StartCondition[] | null;
}

export interface StartPlanOptions {
  /** Null: none is kept. */
  readonly path: string | null;
  /** The file that Node runs, and the words of the command line. */
  readonly words: readonly string[];
  /** Directory of the project, and when this process began: what changed since is another program. */
  readonly root: string;
  readonly beganMs: number;
  readonly reading: () => StartReading;
  readonly observe: (id: ActorId) => ActorView | null;
  readonly orders: string;
  readonly pidFiles: readonly string[];
  /** As in the plan. */
  readonly namespace: string | null;
  readonly log: (line: string) => void;
  /** Milliseconds; 1 s. */
  readonly settlesMs?: number;
}

interface Parts {
  readonly wanted: readonly Wanted[];
  readonly leftOut: readonly ServicePlan[];
}

/** What a plan says, or why there can be none. */
type Known = { readonly text: string } | { readonly none: string };
type Made = Known | 'later';

export class StartPlan {
  readonly #options: StartPlanOptions;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #again = false;
  #waits = 0;
  #closed = false;
  #said = '';

  constructor(options: StartPlanOptions) {
    this.#options = options;
  }

  /** Something may have changed. It is looked at in a moment. */
  renew(): void {
    this.#waits = 0;
    this.#schedule();
  }

  /** Makes it at once, of actors that are not run. Null: it is there; else why there is none. @throws Error of the disk */
  async make(): Promise<string | null> {
    const { path } = this.#options;
    if (path === null) return 'no start would look for one';
    const made = await this.#renewed(path);
    if (made === 'later') throw new Error('an actor that is not run has a table');
    return 'none' in made ? made.none : null;
  }

  /** Resolves when nothing is being written any more. What stands stays, for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
  }

  #schedule(): void {
    if (this.#closed || this.#options.path === null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), this.#options.settlesMs ?? SETTLES_MS);
    this.#timer.unref();
  }

  #write(): void {
    this.#timer = null;
    if (this.#writing !== null) {
      this.#again = true;
      return;
    }
    this.#writing = this.#renewed(this.#options.path ?? '')
      .then((made) => this.#told(made))
      .catch((error: unknown) => this.#say(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.#writing = null;
        if (this.#again) this.#schedule();
        this.#again = false;
      });
  }

  async #renewed(path: string): Promise<Made> {
    const made = await realPieces.run(this.#made(path));
    if (made === 'later') return made;
    if ('none' in made) await rm(path, { force: true });
    else if (!isThere(path, made.text)) await replaceFile(path, made.text);
    return made;
  }

  #told(made: Made): void {
    if (made === 'later') {
      this.#waits += 1;
      if (this.#waits < MOST_WAITS) this.#schedule();
    } else if ('none' in made) this.#say(made.none);
  }

  #say(why: string): void {
    if (why !== this.#said) this.#options.log(`no start plan is kept: ${why}`);
    this.#said = why;
  }

  *#made(place: string): Steps<Made> {
    const { words, pidFiles, namespace, orders } = this.#options;
    const { tree, configuration, conditions } = this.#options.reading();
    const obstacle = this.#obstacle(tree) ?? (conditions === null ? 'no reading is like another' : null);
    if (obstacle !== null) return { none: obstacle };
    const parts = yield* this.#parts(tree);
    if (parts === 'later') return 'later';
    if ('none' in parts) return parts;
    const program = this.#programConditions();
    if (program === null) return { none: 'the program has changed since it began' };
    const table = yield* startTable(parts.wanted, parts.leftOut);
    if (table === null || table.services.length === 0) return { none: 'no virtual server can be in it' };
    const lines = startPlanLines({
      ...{ place, words: digest(words.map((word) => `${word}\0`).join('')), configuration },
      conditions: [...(conditions ?? []), ...program, orderCondition(orders)],
      ...{ pidFiles, namespace, ...table },
    });
    if (lines === null) return { none: 'a name has a line end in it' };
    return yield* written(lines);
  }

  #obstacle(tree: ConfigTree): string | null {
    const [globals] = tree.global_defs;
    const [program = ''] = this.#options.words;
    if (globals?.lvs_start_plan === false) return 'lvs_start_plan is off';
    if (globals?.lvs_flush === true) return 'lvs_flush empties the table first';
    if ((globals?.startup_script ?? null) !== null) return 'startup_script runs first';
    return program.endsWith('.js') ? null : 'the program runs from its sources';
  }

  *#parts(tree: ConfigTree): Steps<Parts | { readonly none: string } | 'later'> {
    const wanted: Wanted[] = [];
    const leftOut: ServicePlan[] = [];
    for (const server of namedVirtualServers(tree)) {
      const view = this.#options.observe(server.id);
      if (view === null) return { none: 'virtual servers are not run' };
      const { table } = view.state as JsonObject;
      if (table === 'unread' || table === 'applying' || table === 'mending') return 'later';
      if (table === 'observed') return { none: 'there is no IPVS' };
      const { input } = view.context as unknown as VirtualServerContext;
      const isPlain = !view.crashed && table === 'applied' && (yield* this.#isPlain(server, input));
      if (isPlain) wanted.push({ actor: server.id, ...atStart(input) });
      else leftOut.push(input.service);
    }
    return { wanted, leftOut };
  }

  /** What a cold start wants of it follows from the configuration alone. */
  *#isPlain({ block }: NamedVirtualServer, { realServers }: VirtualServerInput): Steps<boolean> {
    if (block.real_server_name.length > 0) return false;
    const follows = block.real_server.some((real) => real.FILE_CHECK.length + real.BFD_CHECK.length > 0);
    const runs = block.real_server.some((real) => real.MISC_CHECK.length > 0);
    if (follows || (runs && realServers.some(({ startWeight }) => startWeight === null))) return false;
    for (const { actor } of realServers) {
      yield;
      const context = this.#options.observe(actor)?.context as unknown as RealServerContext | undefined;
      if (context === undefined || context.duty !== 'ready' || context.ordered !== null) return false;
    }
    return true;
  }

  /** The names of the bundle's parts are digests of them, and the first part has those of all others. */
  #programConditions(): readonly StartCondition[] | null {
    const { words, root, beganMs } = this.#options;
    const files = [words[0] ?? '', join(root, 'package.json')];
    if (files.some((file) => fs.statSync(file).ctimeMs >= beganMs)) return null;
    return files.map((path) => ({ kind: 'file', digest: digest(fs.readFileSync(path)), path }));
  }
}

function atStart(input: VirtualServerInput) {
  const started = { type: 'virtual.started', driven: true, held: true } as const;
  return wholeTable(after(initialContext(input), started));
}

/** Orders come with the start of real servers. */
function orderCondition(path: string): StartCondition {
  const text = fs.existsSync(path) ? fs.readFileSync(path) : null;
  return text === null ? { kind: 'absent', path } : { kind: 'file', digest: digest(text), path };
}

function digest(content: Uint8Array | string): string {
  return lateCrypto().hash('sha256', content, 'hex');
}

function* written(lines: readonly string[]): Steps<Known> {
  const hash = lateCrypto().createHash('sha256');
  const parts: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    const part = `${line}\n`;
    hash.update(part);
    parts.push(part);
    bytes += Buffer.byteLength(part);
    yield;
  }
  const text = startPlanHead(hash.digest('hex')) + parts.join('');
  return bytes + text.length > 2 * MOST_BYTES ? { none: 'it would be too large' } : { text };
}

/** Nothing is written on a disk where that changes nothing: the first line tells one plan from another. */
function isThere(path: string, text: string): boolean {
  try {
    const first = Buffer.from(text.slice(0, text.indexOf('\n') + 1));
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
    const found = Buffer.alloc(first.length);
    const about = fs.fstatSync(fd);
    fs.readSync(fd, found, 0, found.length, 0);
    fs.closeSync(fd);
    const isOwn = about.uid === process.geteuid?.() && (about.mode & 0o777) === 0o600 && about.nlink === 1;
    return isOwn && about.size === Buffer.byteLength(text) && found.equals(first);
  } catch {
    return false;
  }
}
