/** Facts that reach the keeper of static objects. */
import type { DeletedObject } from '../kernel-objects.ts';
import type { StaticInput } from './static.input.ts';

export type StaticEvent =
  /** First event: the program has read the kernel's tables. */
  | { readonly type: 'static.started' }
  | { readonly type: 'vips.added' }
  | { readonly type: 'vips.addFailed'; readonly address: string; readonly error: string }
  | { readonly type: 'vips.removed' }
  | { readonly type: 'vips.removeFailed'; readonly address: string; readonly error: string }
  /** Something static left the kernel's tables: by our own request, or because somebody else deleted it. */
  | ({ readonly type: 'object.deleted' } & DeletedObject)
  /** An interface that static objects need has come up, or has come back: the kernel has forgotten what was on it. */
  | { readonly type: 'link.up'; readonly interface: string }
  /** A reload: these are the static objects from now on. */
  | { readonly type: 'static.reconfigured'; readonly input: StaticInput }
  /** A reload: the configuration has none any more. */
  | { readonly type: 'static.removed' }
  | { readonly type: 'shutdown.requested'; readonly reason: string };
