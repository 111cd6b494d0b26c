/** Facts that reach the keeper of IPVS. */
import type { IpvsTimeouts, SyncRole } from '../../protocol/ipvs/daemon.ts';
import type { IpvsInput } from './ipvs.input.ts';

/** What is asked for again when the kernel refused it: the timeouts, and the daemon of a role. */
export type Askable = 'timeouts' | SyncRole;

export type IpvsEvent =
  /** First event, before the first virtual server begins. `driven`: this machine has IPVS. */
  | { readonly type: 'ipvs.started'; readonly driven: boolean; readonly isMaster: boolean }
  /** The VRRP instance that decides about the synchronisation has become master, or is it no longer. */
  | { readonly type: 'instance.changed'; readonly isMaster: boolean }
  /** What they were before. */
  | { readonly type: 'timeouts.set'; readonly before: IpvsTimeouts }
  /** The kernel refused a request, which keepalived calls so; without `what` it is not asked for again. */
  | {
      readonly type: 'ipvs.refused';
      readonly command: string;
      readonly error: string;
      readonly what?: Askable;
    }
  /** The kernel did what it had refused. */
  | { readonly type: 'ipvs.accepted'; readonly command: string; readonly what: Askable }
  | { readonly type: 'ipvs.reconfigured'; readonly input: IpvsInput }
  /** A reload: no virtual server is left. */
  | { readonly type: 'ipvs.removed' }
  | { readonly type: 'shutdown.requested'; readonly reason: string };
