/** What the statecharts of a router say of themselves. */
import type { ActorView } from '../../../src/engine/engine.ts';
import type { Json, JsonObject } from '../../../src/protocol/json.ts';
import type { Life } from '../world/life.ts';

/** `backup.listening`; '' where there is none. */
export function protocolPath(state: Json | undefined): string {
  const protocol = (state as JsonObject | undefined)?.protocol;
  if (typeof protocol === 'string') return protocol;
  if (protocol === null || typeof protocol !== 'object') return '';
  const [[outer, inner] = ['', '']] = Object.entries(protocol);
  return `${outer}.${String(inner)}`;
}

export function roleOf(state: Json | undefined): string {
  return protocolPath(state).split('.')[0] ?? '';
}

export interface InstanceView {
  readonly role: string;
  readonly path: string;
  /** State of the region that holds addresses. */
  readonly addresses: string;
  readonly crashed: boolean;
  readonly priority: number;
  readonly sourceAddress: string | null;
}

export function viewOf(life: Life | null, actor: string): InstanceView | null {
  const view: ActorView | null = life?.engine.view(actor) ?? null;
  if (view === null) return null;
  const path = protocolPath(view.state);
  return {
    role: path.split('.')[0] ?? '',
    path,
    addresses: String((view.state as JsonObject).addresses),
    crashed: view.crashed,
    priority: Number(view.context.effectivePriority),
    sourceAddress: (view.context.sourceAddress as string | null | undefined) ?? null,
  };
}
