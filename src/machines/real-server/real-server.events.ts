/** Facts that reach a real server. */
import type { CheckerSignal } from '../signals.ts';
import type { RealServerInput } from './real-server.input.ts';

export type RealServerEvent =
  /** First event of every real server: its virtual server exists. */
  | { readonly type: 'real.started' }
  | CheckerSignal
  | { readonly type: 'real.reconfigured'; readonly input: RealServerInput }
  /** A reload: the configuration does not have it any more. */
  | { readonly type: 'real.removed' }
  | { readonly type: 'shutdown.requested'; readonly reason: string };
