/** Rows of checkers, real servers and virtual servers as the log lines of keepalived 2.4.3. */
import type { JournalRow } from '../engine/types.ts';
import type { ProbeReport } from '../machines/checker/checker.events.ts';
import { type CheckerInput, isFollowing } from '../machines/checker/checker.input.ts';
import {
  type RealServerContext,
  type Weighed,
  weightOf,
} from '../machines/real-server/real-server.context.ts';
import type { CheckerSignal } from '../machines/signals.ts';
import type { JsonObject } from '../protocol/json.ts';
import { WORDS } from './checker-words/by-kind.ts';
import { followedLines } from './checker-words/followed.ts';
import { type Line, plain } from './line.ts';
import { VirtualServerLines } from './virtual-server-lines.ts';

interface Checked {
  readonly input: CheckerInput;
  /** It has passed or failed before. */
  readonly hasRun: boolean;
  readonly isUp: boolean;
  readonly retriesUsed: number;
}

interface Real {
  readonly context: Weighed & Pick<RealServerContext, 'failed'>;
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

/** Whether a check passes or fails by this row, as far as keepalived would tell. */
function verdictIn(row: JournalRow): boolean | null {
  const signal = signalIn<CheckerSignal>(row, 'checker.changed');
  return signal === null || signal.assumed === true ? null : signal.passed;
}

/** `input` as it is after the row; `before` is what it was. */
function inputAfter<T>({ delta }: JournalRow, before: T | undefined): T | undefined {
  return delta.input === undefined ? before : (delta.input as unknown as T);
}

function crashLines(row: JournalRow): readonly string[] {
  const [, ...rest] = row.actor.split('/');
  return [`(${rest.join('/')}) internal error: ${String(row.delta.error)}; it is not followed any more`];
}

/** Whether a real server in this state is alive; others leave it as it was. */
const STANDING: Readonly<Record<string, boolean>> = {
  up: true,
  drained: true,
  down: false,
  maintenance: false,
};

/** Remembers what each of them was, to tell a change from a repetition. */
export class CheckerLines {
  readonly #checkers = new Map<string, Checked>();
  readonly #reals = new Map<string, Real>();
  readonly #virtuals = new VirtualServerLines();

  /** Lines for one row, none for most. */
  of(row: JournalRow): readonly Line[] {
    if (row.kind === 'crash') return crashLines(row).map(plain);
    switch (row.actor.slice(0, row.actor.indexOf('/'))) {
      case 'checker':
        return this.#checkerLines(row);
      case 'real':
        return this.#realLines(row).map(plain);
      case 'virtual':
        return this.#virtuals.of(row).map(plain);
      default:
        return [];
    }
  }

  #checkerLines(row: JournalRow): readonly Line[] {
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
    if (event.type === 'checker.started') {
      // keepalived's word of one that ha_suspend holds back from the start.
      const verb = this.#virtuals.isSuspended(vs) ? 'Deactivating' : 'Activating';
      return [plain(`${verb} healthchecker for service ${rs} for VS ${vs}`)];
    }
    const passed = verdictIn(row);
    const { hasRun, isUp: wasUp } = before;
    if (event.type === 'tracker.changed' && passed !== null) {
      this.#checkers.set(actor, { ...before, input, hasRun: true, isUp: passed });
      return followedLines({ input, rs, hasRun, wasUp, isUp: passed });
    }
    if (event.type !== 'probe.reported' || isFollowing(input.probe)) {
      if (this.#checkers.has(actor)) this.#checkers.set(actor, { ...before, input });
      return [];
    }
    const report = event as unknown as ProbeReport;
    const retriesUsed = (row.delta.retriesUsed as number | undefined) ?? before.retriesUsed;
    // What it counted as before its first probe was an assumption.
    const isNews = passed !== null && !(hasRun && passed === wasUp);
    const change = isNews ? (passed ? 'up' : 'down') : null;
    this.#checkers.set(actor, {
      ...{ input, retriesUsed, isUp: passed ?? wasUp },
      // A page of several that passes is no result yet.
      hasRun: hasRun || report.outcome === 'failed' || passed !== null,
    });
    return WORDS[input.probe.kind]({ input, report, rs, vs, hasRun, wasUp, change, retriesUsed }).map(plain);
  }

  #realLines(row: JournalRow): readonly string[] {
    const { actor, event } = row;
    const before = this.#reals.get(actor);
    const context = { ...before?.context, ...row.delta } as unknown as Real['context'];
    if (context.input === undefined) return [];
    const wasAlive = before?.alive ?? false;
    const alive = STANDING[String(row.state)] ?? wasAlive;
    this.#reals.set(actor, { context, alive });
    const { name, virtualServerName: vs, inhibit } = context.input;
    switch (event.type) {
      case 'checker.changed':
      case 'real.reconfigured':
      case 'operator.ready':
      case 'operator.drain':
      case 'operator.maintenance':
      case 'operator.weight':
      case 'agent.changed': {
        if (event.kept === true) return [`${keptOrder(event)} holds for service ${name} of VS ${vs}`];
        const weight = before === undefined ? [] : weightLines(row, before, context);
        if (alive === wasAlive) return weight;
        if (inhibit) return [...weight, `${alive ? 'Enabl' : 'Disabl'}ing service ${name} of VS ${vs}`];
        return [
          ...weight,
          `${alive ? 'Adding' : 'Removing'} service ${name} ${alive ? 'to' : 'from'} VS ${vs}`,
        ];
      }
      case 'real.removed':
        this.#reals.delete(actor);
        return [
          ...(event.withService === true ? [] : [`service ${name} no longer exist`]),
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

/** keepalived says nothing of a weight that changes because a check fails, or a file no longer is a fault. */
function weightLines({ event, state }: JournalRow, before: Real, now: Real['context']): readonly string[] {
  const [from, to] = [weightOf(before.context), weightOf(now)];
  if (from === to || state === 'idle') return [];
  if (event.type === 'checker.changed') {
    const { checker, passed, weight } = event as unknown as CheckerSignal;
    const wasFault = before.context.failed.includes(checker) && weight !== undefined && 'adds' in weight;
    if (!passed || wasFault) return [];
  }
  const { name, virtualServerName: vs } = now.input;
  const which = before.alive ? 'active' : 'inactive';
  return [`Changing weight from ${from} to ${to} for ${which} service ${name} of VS ${vs}`];
}

/** An order from before the daemon was started. */
function keptOrder({ type, weight }: JournalRow['event']): string {
  return `the order ${type.replace(/^operator\./, '')}${weight === undefined ? '' : ` ${String(weight)}`}`;
}

function inhibited(is: boolean): string {
  return is ? '(inhibited) ' : '';
}
