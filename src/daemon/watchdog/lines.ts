/** Rows of the watchdog as log lines; the first in keepalived's words. */
import type { JournalRow } from '../../engine/types.ts';
import { type Line, plain } from '../line.ts';

export function watchdogLines({ event, effects }: JournalRow): readonly Line[] {
  switch (event.type) {
    case 'worker.died': {
      const { pid, signal, exitCode } = event;
      const how = signal === 0 ? `with status ${String(exitCode)}` : `by signal ${String(signal)}`;
      const lines = [
        plain(`VRRP child process(${String(pid)}) died: Respawning`),
        plain(`It was ended ${how}`),
      ];
      return released(effects) ? [...lines, RELEASED] : lines;
    }
    case 'worker.hung':
      return [plain(`VRRP child process did nothing for ${Number(event.allowedUs) / 1e6} s: it was killed`)];
    case 'lease.ended':
      return released(effects) ? [RELEASED] : [];
    default:
      return [];
  }
}

const RELEASED = plain('Of what it was master of the watchdog took the addresses away');

function released(effects: JournalRow['effects']): boolean {
  return effects.some(({ type }) => type === 'releaseHeld');
}
