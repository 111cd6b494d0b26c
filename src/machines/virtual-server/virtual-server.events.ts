/** Facts that reach a virtual server. */
import type { RealServerSignal } from '../signals.ts';
import type { VirtualServerInput } from './virtual-server.input.ts';

export type VirtualServerEvent =
  /** First event of every virtual server. */
  | { readonly type: 'virtual.started' }
  | RealServerSignal
  | { readonly type: 'virtual.reconfigured'; readonly input: VirtualServerInput }
  /** A reload: the configuration does not have it any more. */
  | { readonly type: 'virtual.removed' }
  | { readonly type: 'shutdown.requested'; readonly reason: string };

export type VirtualServerInternalEvent = { readonly type: 'weights.reviewed' };
