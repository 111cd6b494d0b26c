/** Rows of checkers, real servers and virtual servers as the log lines of keepalived 2.4.3. */
import type { JournalRow } from '../engine/types.ts';
import type { ProbeReport } from '../machines/checker/checker.events.ts';
import type { CheckerInput } from '../machines/checker/checker.input.ts';
import type { RealServerInput } from '../machines/real-server/real-server.input.ts';
import type { CheckerSignal } from '../machines/signals.ts';
import type { JsonObject } from '../protocol/json.ts';
import { WORDS } from './checker-words/by-kind.ts';
import { VirtualServerLines } from './virtual-server-lines.ts';

interface Checked {
  readonly input: CheckerInput;
  /** It has passed or failed before. */
  readonly hasRun: boolean;
  readonly isUp: boolean;
  readonly retriesUsed: number;
}

interface Real {
  readonly input: RealServerInput;
  readonly alive: boolean;
}

/** The signal that a row sends to another actor; null if it sends none of this type. */
function signalIn<T extends { readonly type: string }>({ effects }: JournalRow, type: T['type']): T | null {
  for (const effect of effects) {
    const event = effect.type === 'signalActor' ? (effect.params.event as JsonObject) : null;
    if (event?.type === type) return event as unknown as T;
  }
  return null;
}

/** `input` as it is after the row; `before` is what it was. */
function inputAfter<T>({ delta }: JournalRow, before: T | undefined): T | undefined {
  return delta.input === undefined ? before : (delta.input as unknown as T);
}

function crashLines(row: JournalRow): readonly string[] {
  const [, ...rest] = row.actor.split('/');
  return [`(${rest.join('/')}) internal error: ${String(row.delta.error)}; it is not followed any more`];
}

/** Remembers what each of them was, to tell a change from a repetition. */
export class CheckerLines {
  readonly #checkers = new Map<string, Checked>();
  readonly #reals = new Map<string, Real>();
  readonly #virtuals = new VirtualServerLines();

  /** Lines for one row, none for most. */
  of(row: JournalRow): readonly string[] {
    if (row.kind === 'crash') return crashLines(row);
    switch (row.actor.slice(0, row.actor.indexOf('/'))) {
      case 'checker':
        return this.#checkerLines(row);
      case 'real':
        return this.#realLines(row);
      case 'virtual':
        return this.#virtuals.of(row);
      default:
        return [];
    }
  }

  #checkerLines(row: JournalRow): readonly string[] {
    const { actor, event } = row;
    const before = this.#checkers.get(actor);
    const input = inputAfter(row, before?.input);
    if (input === undefined) return [];
    if (row.kind === 'start' || before === undefined) {
      this.#checkers.set(actor, { input, hasRun: false, isUp: !input.alpha, retriesUsed: 0 });
      return [];
    }
    const [vs, rs] = namesOf(actor);
    if (event.type === 'checker.removed') this.#checkers.delete(actor);
    if (event.type === 'checker.started') return [`Activating healthchecker for service ${rs} for VS ${vs}`];
    if (event.type !== 'probe.reported') {
      if (this.#checkers.has(actor)) this.#checkers.set(actor, { ...before, input });
      return [];
    }
    const report = event as unknown as ProbeReport;
    const retriesUsed = (row.delta.retriesUsed as number | undefined) ?? before.retriesUsed;
    const passed = signalIn<CheckerSignal>(row, 'checker.changed')?.passed ?? null;
    const { hasRun, isUp: wasUp } = before;
    // What it counted as before its first probe was an assumption.
    const isNews = passed !== null && !(hasRun && passed === wasUp);
    const change = isNews ? (passed ? 'up' : 'down') : null;
    this.#checkers.set(actor, {
      ...{ input, retriesUsed, isUp: passed ?? wasUp },
      // A page of several that passes is no result yet.
      hasRun: hasRun || report.outcome === 'failed' || passed !== null,
    });
    return WORDS[input.probe.kind]({ input, report, rs, vs, hasRun, wasUp, change, retriesUsed });
  }

  #realLines(row: JournalRow): readonly string[] {
    const { actor, event } = row;
    const before = this.#reals.get(actor);
    const input = inputAfter(row, before?.input);
    if (input === undefined) return [];
    const wasAlive = before?.alive ?? false;
    const alive = row.state === 'up' || (row.state !== 'down' && wasAlive);
    this.#reals.set(actor, { input, alive });
    const { name, virtualServerName: vs, inhibit } = input;
    switch (event.type) {
      case 'checker.changed':
      case 'real.reconfigured':
        if (alive === wasAlive) return [];
        if (inhibit) return [`${alive ? 'Enabl' : 'Disabl'}ing service ${name} of VS ${vs}`];
        return [`${alive ? 'Adding' : 'Removing'} service ${name} ${alive ? 'to' : 'from'} VS ${vs}`];
      case 'real.removed':
        this.#reals.delete(actor);
        return [
          `service ${name} no longer exist`,
          ...(wasAlive || inhibit
            ? [`Removing ${inhibited(inhibit && !wasAlive)}service ${name} from VS ${vs}`]
            : []),
        ];
      case 'shutdown.requested':
        return [`Shutting down ${inhibited(inhibit && !wasAlive)}service ${name} from VS ${vs}`];
      default:
        return [];
    }
  }
}

/** Virtual server and real server in the id of a checker; the name of a group may have slashes. */
function namesOf(actor: string): readonly [vs: string, rs: string] {
  const parts = actor.split('/').slice(1, -1);
  return [parts.slice(0, -1).join('/'), parts.at(-1) ?? ''];
}

function inhibited(is: boolean): string {
  return is ? '(inhibited) ' : '';
}
