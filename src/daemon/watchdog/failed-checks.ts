/**
 * Checks that have failed, in the memory that outlives this process: a worker that takes another's place must not put servers into
 * the table that were out of it. They begin as those with alpha do, down until their first success.
 */
import type { Configured } from '../../config/reload.ts';
import type { JournalRow } from '../../engine/types.ts';
import type { CheckerInput } from '../../machines/checker/checker.input.ts';
import type { RealServerInput } from '../../machines/real-server/real-server.input.ts';
import type { CheckerSignal } from '../../machines/signals.ts';
import type { VirtualServerInput } from '../../machines/virtual-server/virtual-server.input.ts';
import type { LifePage } from './life-page.ts';

/** Written so soon after a change, all that come together at once. */
const SETTLES_MS = 50;
/** What is older says nothing: the longest pause of the watchdog, some times over. */
const OLDEST_US = 300_000_000;

export class FailedChecks {
  readonly #page: LifePage;
  readonly #nowUs: () => number;
  readonly #failed = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(page: LifePage, nowUs: () => number) {
    this.#page = page;
    this.#nowUs = nowUs;
  }

  /** Those of the former worker. */
  former(): ReadonlySet<string> {
    const left = this.#page.failedChecks();
    if (left === null || this.#nowUs() - left.atUs > OLDEST_US) return new Set();
    return new Set(left.text === '' ? [] : left.text.split('\n'));
  }

  /** The actors as they begin after the former worker. It may be that this one ends before any check has been made again. */
  begin(actors: readonly Configured[]): readonly Configured[] {
    const former = this.former();
    if (former.size === 0) return actors;
    for (const { id } of actors) if (former.has(id)) this.#failed.add(id);
    return beginningFailed(actors, this.#failed);
  }

  see({ actor, effects }: JournalRow): void {
    if (!actor.startsWith('checker/')) return;
    for (const { type, params } of effects) {
      const event = type === 'signalActor' ? (params.event as unknown as CheckerSignal) : null;
      if (event?.type !== 'checker.changed' || this.#failed.has(actor) === !event.passed) continue;
      if (event.passed) this.#failed.delete(actor);
      else this.#failed.add(actor);
      this.#timer ??= setTimeout(() => this.#write(), SETTLES_MS);
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #write(): void {
    this.#timer = null;
    this.#page.setFailedChecks([...this.#failed].join('\n'), this.#nowUs());
  }
}

/** The actors as they begin where these checks had failed. Those of them that are configured otherwise by now are others. */
export function beginningFailed(
  actors: readonly Configured[],
  failed: ReadonlySet<string>,
): readonly Configured[] {
  if (failed.size === 0) return actors;
  const down = new Set<string>();
  // Real servers come before their virtual servers or after them: who is down is found out first.
  for (const { id, input } of actors) {
    const checkers = id.startsWith('real/') ? (input as RealServerInput).checkers : [];
    if (checkers.some(({ actor }) => failed.has(actor))) down.add(id);
  }
  return actors.map((actor) => {
    const { id } = actor;
    if (failed.has(id)) return { ...actor, input: { ...(actor.input as CheckerInput), alpha: true } };
    if (down.has(id)) return { ...actor, input: realServer(actor.input as RealServerInput, failed) };
    if (id.startsWith('virtual/'))
      return { ...actor, input: virtualServer(actor.input as VirtualServerInput, down) };
    return actor;
  });
}

function realServer(input: RealServerInput, failed: ReadonlySet<string>): RealServerInput {
  const checkers = input.checkers.map((checker) =>
    failed.has(checker.actor) ? { ...checker, alpha: true } : checker,
  );
  return { ...input, checkers };
}

function virtualServer(input: VirtualServerInput, down: ReadonlySet<string>): VirtualServerInput {
  if (!input.realServers.some(({ actor }) => down.has(actor))) return input;
  const realServers = input.realServers.map((server) =>
    down.has(server.actor) ? { ...server, startWeight: null } : server,
  );
  return { ...input, realServers };
}
