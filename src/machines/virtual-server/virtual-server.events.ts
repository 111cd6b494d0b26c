/** Facts that reach a virtual server. */
import type { RealServerSignal } from '../signals.ts';
import type { VirtualServerInput } from './virtual-server.input.ts';

/** Entries of the table are services and destinations. */
type Applied = {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
};

/** A request that the kernel refused. */
export type TableError = {
  /** keepalived's name of the request: `IP_VS_SO_SET_ADDDEST(1159)`. */
  readonly command: string;
  /** `EEXIST` and the like. */
  readonly error: string;
  /** `[10.0.0.1]:tcp:80 -> [10.0.0.2]:80` */
  readonly entry: string;
};

export type TableEvent =
  /** All that was asked for stands. `errors`: what was otherwise than it was taken to be, and is mended. */
  | ({ readonly type: 'table.applied'; readonly errors?: readonly TableError[] } & Applied)
  /** So many entries are not as they shall be; the first errors. */
  | ({
      readonly type: 'table.refused';
      readonly refused: number;
      readonly errors: readonly TableError[];
    } & Applied)
  /** Somebody else has changed so many entries; the first of them. */
  | {
      readonly type: 'table.drifted';
      readonly missing: number;
      readonly changed: number;
      readonly unwanted: number;
      readonly entries: readonly string[];
    };

export type VirtualServerEvent =
  /**
   * First event of every virtual server. `driven`: this machine has a table to drive. `held`: it holds an address of the
   * service, which matters with ha_suspend alone.
   */
  | { readonly type: 'virtual.started'; readonly driven: boolean; readonly held?: boolean }
  /** This machine holds an address of the service from now on, or none any more. */
  | { readonly type: 'address.found' | 'address.lost' }
  | RealServerSignal
  | TableEvent
  | { readonly type: 'virtual.reconfigured'; readonly input: VirtualServerInput; readonly held?: boolean }
  /** A reload: the configuration does not have it any more. */
  | { readonly type: 'virtual.removed' }
  | { readonly type: 'shutdown.requested'; readonly reason: string };
