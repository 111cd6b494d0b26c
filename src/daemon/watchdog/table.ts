/**
 * The watchdog's chart as the table that native/starter runs: every state that it can reach, and what each fact makes of it. Written
 * to native/starter/watchdog-table.h by scripts/build-charts.mjs.
 */
import { type Evaluation, evaluate, startActor } from '../../engine/evaluate.ts';
import type { ActorEvent } from '../../engine/types.ts';
import { watchdogDefinition } from '../../machines/registry.ts';

/** In the order of the columns. */
export const FACTS = {
  BEGUN: { type: 'watch.begun' },
  READY: { type: 'worker.ready' },
  HUNG: { type: 'worker.hung' },
  DYING: { type: 'worker.dying' },
  DIED: { type: 'worker.died', sound: false },
  DIED_SOUND: { type: 'worker.died', sound: true },
  ENDED: { type: 'worker.ended' },
  LEASE_ENDED: { type: 'lease.ended' },
  BETTER: { type: 'better.heard' },
  KEPT: { type: 'announcing.ended' },
  STOP: { type: 'stop.requested' },
  PAUSE_OVER: { type: 'timer.expired', timer: 'watchdog.pause' },
} as const satisfies Readonly<Record<string, ActorEvent>>;

/** In the order in which the watchdog performs them. */
const EFFECTS = [
  ...['disarmTimer', 'killWorker', 'releaseHeld', 'keepAnnouncing', 'yieldHeld'],
  ...['armTimer', 'startWorker', 'endWatch'],
];
const MOST_STATES = 250;

const constant = (word: string): string => word.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
const quickDeaths = ({ context }: Evaluation): number => Number(context.quickDeaths);
const keyOf = (reached: Evaluation): string => `${String(reached.state)}, ${quickDeaths(reached)}`;

/** @throws if the chart asks for something in an order in which the watchdog does not perform it */
function stepText({ effects }: Evaluation, next: number): string {
  const order = effects.map(({ type }) => EFFECTS.indexOf(type));
  if (order.some((at, index) => at < 0 || at < (order[index - 1] ?? 0)))
    throw new Error(`the watchdog cannot perform ${JSON.stringify(effects)} in this order`);
  const pauseUs = Number(effects.find(({ type }) => type === 'armTimer')?.params.delayUs ?? 0);
  const names = effects.map(({ type }) => `DO_${constant(type)}`);
  return `    {${next}, ${names.join(' | ') || '0'}, ${pauseUs / 1_000}},`;
}

/** @throws if the chart grows without end */
export function watchdogTable(): string {
  const start = startActor(watchdogDefinition, {});
  const reached = new Map([[keyOf(start), start]]);
  const indexOf = (evaluation: Evaluation): number => {
    const key = keyOf(evaluation);
    if (!reached.has(key)) reached.set(key, evaluation);
    return [...reached.keys()].indexOf(key);
  };
  const rows: string[] = [];
  for (const [key, { snapshot }] of reached) {
    if (reached.size > MOST_STATES) throw new Error(`the watchdog has more than ${MOST_STATES} states`);
    const steps = Object.values(FACTS).map((fact) => {
      const step = evaluate(watchdogDefinition, snapshot, fact);
      return stepText(step, indexOf(step));
    });
    rows.push(`  /* ${rows.length}: ${key} */\n  {\n${steps.join('\n')}\n  },`);
  }
  const deaths = [...reached.values()].map(quickDeaths);
  return `/* Made of src/machines/watchdog by scripts/build-charts.mjs: not to be edited. */
#ifndef RELIVED_WATCHDOG_TABLE_H
#define RELIVED_WATCHDOG_TABLE_H

/* What the watchdog sees. */
enum fact {
${Object.keys(FACTS)
  .map((name) => `  SEEN_${name},\n`)
  .join('')}  FACTS
};

/* What it does then, in this order. */
enum {
${EFFECTS.map((effect, bit) => `  DO_${constant(effect)} = 1 << ${bit},\n`).join('')}};

struct step {
  unsigned char next;
  unsigned char effects;
  unsigned pause_ms;
};

static const struct step WATCHDOG[${rows.length}][FACTS] = {
${rows.join('\n')}
};

/* Quick deaths that the state counts. */
static const unsigned char WATCHDOG_DEATHS[${rows.length}] = {${deaths.join(', ')}};

#endif
`;
}
