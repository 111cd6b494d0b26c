/** Facts that reach a real server. */
import type { AgentSignal, CheckerSignal } from '../signals.ts';
import type { RealServerInput } from './real-server.input.ts';

/**
 * What an operator orders; it holds until the next order, whatever the checks say, over reloads and restarts. An
 * extension: keepalived has no orders. `kept`: it was given before the daemon was started.
 */
export type Order = OrderWord & { readonly kept?: true };

type OrderWord =
  /** As the checks say. */
  | { readonly type: 'operator.ready' }
  /** No new connections: it stays in the table with weight 0. */
  | { readonly type: 'operator.drain' }
  /** Out of the table. */
  | { readonly type: 'operator.maintenance' }
  /** In place of the configured weight; null: that again. */
  | { readonly type: 'operator.weight'; readonly weight: number | null };

export type RealServerEvent =
  /** First event of every real server: its virtual server exists. */
  | { readonly type: 'real.started' }
  | CheckerSignal
  | AgentSignal
  | Order
  | { readonly type: 'real.reconfigured'; readonly input: RealServerInput }
  /** A reload: the configuration does not have it any more. */
  | { readonly type: 'real.removed'; readonly withService?: true }
  | { readonly type: 'shutdown.requested'; readonly reason: string };
