/** How things stand, in the words of notices: for FIFOs that were opened anew by a reload. */
import type { Engine } from '../engine/engine.ts';
import type { Notice } from '../machines/signals.ts';
import type { VrrpContext } from '../machines/vrrp/vrrp.context.ts';
import { protocolRole } from './vrrp-log-lines.ts';

const STATES: Readonly<Record<string, Notice['state']>> = {
  master: 'MASTER',
  backup: 'BACKUP',
  fault: 'FAULT',
};

/** Groups before instances (keepalived); nothing of those who have not begun or have ended. */
export function presentNotices(engine: Pick<Engine, 'actors' | 'view'>): readonly Notice[] {
  const of = (kind: string): readonly string[] => engine.actors().filter((id) => id.startsWith(`${kind}/`));
  return [...of('group'), ...of('vrrp')].flatMap((id): readonly Notice[] => {
    const view = engine.view(id);
    if (view === null || view.crashed) return [];
    const name = id.slice(id.indexOf('/') + 1);
    if (id.startsWith('group/')) {
      const state = STATES[String(view.state)];
      return state === undefined ? [] : [{ scope: 'GROUP', name, state, priority: 0 }];
    }
    const state = STATES[protocolRole(view.state)];
    const { effectivePriority: priority } = view.context as unknown as VrrpContext;
    return state === undefined ? [] : [{ scope: 'INSTANCE', name, state, priority }];
  });
}
