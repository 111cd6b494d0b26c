/** Tells scripts, FIFOs and mail what became of an instance, a group or a server, in keepalived's order. */
import type { FifoPlan, NoticePlan, NoticeScript, ScopePlan } from '../../config/notices.ts';
import {
  fifoLine,
  isState,
  mailWords,
  scriptArguments,
  serverFifoLine,
} from '../../engine/outputs/notice-words.ts';
import type { ActorEvent, ActorId } from '../../engine/types.ts';
import type { Notice, ServerMail, ServerNotice } from '../../machines/signals.ts';
import type { NoticeExecutor, ServerNoticeExecutor } from '../notices.ts';
import { type ProgramHandle, type ProgramResult, Programs } from '../programs/programs.ts';
import { type Fifo, openFifo } from './fifo.ts';
import { createMailer, type Mailer } from './mail.ts';

export interface NoticesOptions {
  /** Whether others than root can write this program or a directory on the way to it. */
  readonly isUnsafe: (path: string) => Promise<boolean>;
  /** Takes what nobody was told, for the journal and the log. */
  readonly note: (event: ActorEvent, cause: number | null) => void;
}

/** Nobody is told of anything. */
export const NO_PLAN: NoticePlan = {
  ...{ instances: new Map(), groups: new Map(), servers: new Map(), fifos: [], mail: null },
  policy: { secure: true, keepSymlinks: false },
  statesAtReload: false,
};

/** keepalived: how long scripts of the end may take before they are killed with all that they started. */
const FAREWELL_US = 1_000_000;
/** Scripts of notices have no limit (keepalived behaviour); one that takes this long is told, once. */
const SLOW_MS = 3_000;

interface OpenFifo {
  readonly fifo: Fifo;
  readonly keyword: FifoPlan['keyword'];
  readonly script: ProgramHandle | null;
}

interface Farewell {
  readonly notice: Notice;
  readonly cause: number;
}

interface ServerFarewell {
  readonly actor: ActorId;
  readonly notice: ServerNotice;
  readonly cause: number;
}

export class Notices implements NoticeExecutor, ServerNoticeExecutor {
  readonly #options: NoticesOptions;
  /** Of its own: what runs for a notice is not ended with the scripts of trackers. */
  readonly #programs: Programs;
  #plan: NoticePlan = NO_PLAN;
  /** Those that the last reload took away: the last that is told of them is told as they were. */
  #former: NoticePlan = NO_PLAN;
  #fifos: OpenFifo[] = [];
  #mailer: Mailer | null = null;
  /** By scope and name: a state is mailed once (keepalived behaviour). */
  readonly #mailed = new Map<string, Notice['state']>();
  /** Scripts whose last run failed. */
  readonly #failing = new Set<string>();
  readonly #farewells: Farewell[] = [];
  readonly #serverFarewells: ServerFarewell[] = [];
  /** Who has had something to tell since the present configuration holds, by scope and name. */
  readonly #heard = new Set<string>();
  #running = 0;

  constructor(options: NoticesOptions) {
    this.#options = options;
    this.#programs = new Programs({ policy: () => this.#plan.policy, isUnsafe: options.isUnsafe });
  }

  /** Scripts that have not ended, readers of FIFOs included. */
  get running(): number {
    return this.#running;
  }

  /** From now on this is who is told. FIFOs are closed and opened anew, their scripts started again (keepalived behaviour). */
  async configure(plan: NoticePlan, cause: number | null): Promise<void> {
    this.#former = this.#plan;
    this.#closeFifos();
    this.#mailer?.close();
    this.#mailed.clear();
    this.#heard.clear();
    this.#mailer =
      plan.mail === null
        ? null
        : await createMailer(plan.mail, (subject, error) => this.#lost('mail', subject, error, null));
    this.#plan = plan;
    this.#openFifos(cause);
  }

  /** Returns at once. STOP waits for `finish`, so that everything else is over by then. */
  notify(notice: Notice, cause: number): void {
    if (notice.state === 'STOP') this.#farewells.push({ notice, cause });
    else this.#tell(notice, cause);
  }

  /** As `notify`: what is told at the end waits for `finish`. */
  notifyServer(actor: ActorId, notice: ServerNotice, cause: number): void {
    if (notice.stopping) this.#serverFarewells.push({ actor, notice, cause });
    else this.#tellServer({ actor, notice, cause });
  }

  mailServer({ subject, body }: ServerMail): void {
    this.#mailer?.send(subject, body);
  }

  /** After a reload: tells the FIFOs alone how things stand, if that is asked for, of those who had no news meanwhile. */
  restate(present: readonly Notice[], cause: number): void {
    if (!this.#plan.statesAtReload) return;
    for (const notice of present) if (!this.#heard.has(keyOf(notice))) this.#writeVrrp(notice, cause);
  }

  /** The end: tells STOP, instances before groups, each in the order of the configuration, and waits for it to be heard. */
  async finish(): Promise<void> {
    const order = [...this.#plan.instances.keys(), ...this.#plan.groups.keys()];
    const rank = ({ notice }: Farewell): number =>
      (notice.scope === 'GROUP' ? order.length : 0) + order.indexOf(notice.name);
    for (const { notice, cause } of this.#farewells.splice(0).sort((a, b) => rank(a) - rank(b))) {
      this.#tell(notice, cause);
    }
    for (const farewell of this.#serverFarewells.splice(0)) this.#tellServer(farewell);
    // Whoever reads a FIFO comes to its end now.
    const scripts = this.#fifos.flatMap(({ script }) => script ?? []);
    this.#unlinkFifos();
    await this.#quiet();
    for (const script of scripts) script.signal('SIGTERM');
    this.#mailer?.close();
    await this.#programs.stop();
  }

  #tell(notice: Notice, cause: number): void {
    this.#heard.add(keyOf(notice));
    const plan = this.#planOf(notice);
    const specific = plan?.scripts[notice.state];
    const isLast = notice.state === 'STOP';
    if (specific !== undefined) this.#run(specific, [], isLast, cause);
    if (plan?.generic && isState(notice)) this.#run(plan.generic, scriptArguments(notice), isLast, cause);
    this.#writeVrrp(notice, cause);
    if (plan?.mail === true) this.#mail(notice);
  }

  #tellServer({ actor, notice, cause }: ServerFarewell): void {
    const plan = this.#plan.servers.get(actor) ?? this.#former.servers.get(actor);
    const script = notice.state === 'UP' ? plan?.up : plan?.down;
    if (script) this.#run(script, [], notice.stopping, cause);
    this.#writeFifos('lvs_notify_fifo', serverFifoLine(notice), cause);
  }

  #planOf({ scope, name }: Notice): ScopePlan | undefined {
    const table = scope === 'GROUP' ? 'groups' : 'instances';
    return this.#plan[table].get(name) ?? this.#former[table].get(name);
  }

  /** `isLast`: the program ends, and waits for it no longer than that. */
  #run({ command, identity }: NoticeScript, more: readonly string[], isLast: boolean, cause: number): void {
    const limit = isLast ? { afterUs: FAREWELL_US, first: 'SIGKILL' as const } : null;
    const name = command.join(' ');
    const fails = (error: string): void => {
      if (this.#failing.has(name)) return;
      this.#failing.add(name);
      this.#lost('script', name, error, cause);
    };
    const slow = setTimeout(() => fails(`it has not ended after ${SLOW_MS / 1000} s`), SLOW_MS);
    this.#start({ command: [...command, ...more], identity, limit }, (result) => {
      clearTimeout(slow);
      const error = failure(result);
      if (error === null) this.#failing.delete(name);
      else fails(error);
    });
  }

  #start(
    request: Pick<Parameters<Programs['run']>[0], 'command' | 'identity' | 'limit'>,
    done: (result: ProgramResult) => void,
  ): ProgramHandle {
    this.#running += 1;
    return this.#programs.run({ ...request, keepOutput: false }, (result) => {
      this.#running -= 1;
      done(result);
    });
  }

  #writeVrrp(notice: Notice, cause: number): void {
    this.#writeFifos('vrrp_notify_fifo', fifoLine(notice), cause);
  }

  /** To the one that is for events of this kind alone, and to the one for all. */
  #writeFifos(own: FifoPlan['keyword'], line: string, cause: number): void {
    for (const { fifo, keyword } of this.#fifos) {
      if (keyword !== own && keyword !== 'notify_fifo') continue;
      const result = fifo.write(line);
      if (!result.written && result.first) this.#lost('fifo', fifo.path, result.error, cause);
      if (result.written && result.lostBefore > 0) {
        this.#options.note({ type: 'notice.resumed', to: fifo.path, lost: result.lostBefore }, cause);
      }
    }
  }

  #mail(notice: Notice): void {
    const words = mailWords(notice);
    if (this.#mailer === null || words === null) return;
    if (notice.state === 'FAULT' && this.#plan.mail?.faults === false) return;
    const key = keyOf(notice);
    if (this.#mailed.get(key) === notice.state) return;
    this.#mailed.set(key, notice.state);
    this.#mailer.send(words.subject, words.body);
  }

  #openFifos(cause: number | null): void {
    for (const { keyword, path, uid, gid, script } of this.#plan.fifos) {
      try {
        const fifo = openFifo({ path, uid, gid });
        if (fifo.warning !== null) this.#lost('fifo', keyword, fifo.warning, cause);
        this.#fifos.push({ fifo, keyword, script: script === null ? null : this.#startReader(script, fifo) });
      } catch (error) {
        this.#lost('fifo', keyword, error instanceof Error ? error.message : String(error), cause);
      }
    }
  }

  #startReader({ command, identity }: NoticeScript, fifo: Fifo): ProgramHandle {
    return this.#start({ command: [...command, fifo.path], identity, limit: null }, (result) => {
      const isWritten = this.#fifos.some((open) => open.fifo === fifo);
      if (isWritten) this.#lost('reader', command.join(' '), failure(result) ?? 'it has ended', null);
    });
  }

  #closeFifos(): void {
    const scripts = this.#fifos.flatMap(({ script }) => script ?? []);
    this.#unlinkFifos();
    for (const script of scripts) script.signal('SIGTERM');
  }

  #unlinkFifos(): void {
    for (const { fifo } of this.#fifos.splice(0)) fifo.close();
  }

  /** Resolves when no script runs and no mail waits, or when they have had their time. */
  async #quiet(): Promise<void> {
    const deadline = performance.now() + FAREWELL_US / 1000;
    const mailed = this.#mailer?.idle() ?? Promise.resolve();
    let waits = true;
    void mailed.then(() => {
      waits = false;
    });
    while ((waits || this.#running > 0) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #lost(
    channel: 'script' | 'fifo' | 'reader' | 'mail',
    to: string,
    error: string,
    cause: number | null,
  ): void {
    this.#options.note({ type: 'notice.lost', channel, to, error }, cause);
  }
}

const POLL_MS = 5;

function keyOf({ scope, name }: Notice): string {
  return `${scope} ${name}`;
}

/** What went wrong with a script, null if nothing did. */
function failure(result: ProgramResult): string | null {
  switch (result.kind) {
    case 'exited':
      return result.code === 0 ? null : `exit status ${result.code}`;
    case 'killed':
      return `ended by ${result.signal}`;
    case 'timedOut':
      return 'it took too long';
    default:
      return result.error;
  }
}
