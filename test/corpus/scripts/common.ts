/** What most incidents begin with. */
import { instance, type Settings } from '../configurations.ts';
import type { Stage } from '../stage.ts';

export const AB = ['a', 'b'] as const;

/** For some adverts, so that a router knows its master. */
export const PEACE_MS = 1_600;

export interface PairSettings {
  /** What runs on `a`; without it relived. */
  readonly master?: 'keepalived';
  readonly a?: Settings & { readonly priority?: number; readonly before?: string };
  readonly b?: Settings & { readonly priority?: number; readonly before?: string };
}

export function ofA({ a = {} }: PairSettings = {}): string {
  return (a.before ?? '') + instance(a.priority ?? 150, a);
}

export function ofB({ b = {} }: PairSettings = {}): string {
  return (b.before ?? '') + instance(b.priority ?? 100, b);
}

/** `a` is master, `b` its backup, and it has been so for a while. */
export async function peace(stage: Stage, settings: PairSettings = {}): Promise<void> {
  await stage.start('a', ofA(settings), settings.master);
  await stage.untilHeld('a');
  await stage.start('b', ofB(settings));
  await stage.untilLogged('b', 'Entering BACKUP STATE');
  await stage.pass(PEACE_MS);
}
