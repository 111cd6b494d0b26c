/** A statechart evaluates whatever reaches it. */
import type { Invariant, Report } from './invariant.ts';

export function crashes(report: Report): Invariant {
  return {
    row({ row }) {
      if (row.kind === 'crash')
        report(row, `crashed on ${row.event.type}: ${String(row.delta.error ?? 'unknown error')}`);
      if (row.event.type === 'process.failed') report(row, `internal error: ${String(row.event.error)}`);
    },
    finish() {},
    forget() {},
  };
}
