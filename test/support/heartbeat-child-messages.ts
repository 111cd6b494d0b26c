/** What is said between a test and its heartbeat child. */

import type { HeartbeatRun } from '../../src/engine/heartbeat/run-counter.ts';
import type { HeartbeatStatus } from '../../src/engine/heartbeat.ts';
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../src/machines/vrrp/vrrp.effects.ts';
import type { VrrpEvent } from '../../src/machines/vrrp/vrrp.events.ts';

export type ChildCommand =
  | { readonly op: 'open'; readonly actor: string; readonly identity: WireIdentity }
  | { readonly op: 'setSource'; readonly actor: string; readonly address: string }
  | { readonly op: 'announce' | 'sendOnce'; readonly actor: string; readonly content: AdvertContent }
  | { readonly op: 'stopAnnouncing' | 'stopWatching' | 'close'; readonly actor: string }
  | {
      readonly op: 'watch';
      readonly actor: string;
      readonly awaited: AwaitedAdvert | null;
      readonly allowedUs: number;
      readonly expectedIntervalUs: number;
    }
  | { readonly op: 'status'; readonly actor: string; readonly id: number }
  | { readonly op: 'refresh'; readonly interfaceName: string }
  | { readonly op: 'collectGarbage' };

export type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'event'; readonly actor: string; readonly event: VrrpEvent; readonly atUs: number }
  | { readonly kind: 'run'; readonly run: HeartbeatRun }
  | { readonly kind: 'status'; readonly id: number; readonly status: HeartbeatStatus | null }
  | { readonly kind: 'problem'; readonly message: string };
