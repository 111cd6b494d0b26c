/** FILE_CHECK and BFD_CHECK: what their trackers told. */
import type { CheckerInput } from '../../machines/checker/checker.input.ts';
import { detail, type Line, plain } from '../line.ts';

export interface Followed {
  readonly input: CheckerInput;
  readonly rs: string;
  readonly wasUp: boolean;
  readonly hasRun: boolean;
  readonly isUp: boolean;
}

/** keepalived speaks of a file only with -D, and of a session in any case, also the first time. */
export function followedLines({ input: { probe }, rs, wasUp, hasRun, isUp }: Followed): readonly Line[] {
  if (probe.kind === 'file') {
    const name = probe.tracker.replace(/^tracker\/file\//, '');
    return isUp === wasUp
      ? []
      : [detail(`(${rs}): tracked file ${name} ${isUp ? 'leaving' : 'now'} FAULT state`)];
  }
  if (probe.kind !== 'bfd' || (hasRun && isUp === wasUp)) return [];
  const name = probe.tracker.replace(/^tracker\/bfd\//, '');
  return [plain(`BFD check of [${name}] RS(${rs}) is ${isUp ? 'UP' : 'DOWN'}`)];
}
