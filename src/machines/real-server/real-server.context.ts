/** What a real server knows of its checkers. */
import type { RealServerEvent } from './real-server.events.ts';
import type { RealServerInput } from './real-server.input.ts';

export type RealServerContext = {
  readonly input: RealServerInput;
  /** Checkers that count as failed: those with alpha do so before their first result. */
  readonly failed: readonly string[];
};

export function initialContext(input: RealServerInput): RealServerContext {
  return { input, failed: alphaCheckers(input) };
}

function alphaCheckers({ checkers }: RealServerInput): string[] {
  return checkers.filter(({ alpha }) => alpha).map(({ actor }) => actor);
}

/** Who counts as failed after a fact. Checkers of others do not count. */
export function failedAfter({ input, failed }: RealServerContext, event: RealServerEvent): readonly string[] {
  if (event.type === 'real.reconfigured') return failedWith(failed, input, event.input);
  if (event.type !== 'checker.changed') return failed;
  const { checker, passed } = event;
  if (passed) return failed.filter((actor) => actor !== checker);
  const isOwn = input.checkers.some(({ actor }) => actor === checker);
  return !isOwn || failed.includes(checker) ? failed : [...failed, checker];
}

/** keepalived: while others have failed, a new checker with alpha counts as failed, too; else only when it fails. */
function failedWith(failed: readonly string[], before: RealServerInput, now: RealServerInput): string[] {
  const known = new Set(before.checkers.map(({ actor }) => actor));
  const still = now.checkers.filter(({ actor }) => failed.includes(actor)).map(({ actor }) => actor);
  if (still.length === 0) return [];
  return [...still, ...alphaCheckers(now).filter((actor) => !known.has(actor))];
}
