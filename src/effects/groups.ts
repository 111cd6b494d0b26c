/** What a sync group asks for: that people and programs are told. */
import type { EffectExecutor } from '../engine/types.ts';
import type { SyncGroupEffect } from '../machines/sync-group/sync-group.effects.ts';
import type { NoticeExecutor } from './notices.ts';

export function createGroupExecutor(notices: NoticeExecutor): EffectExecutor {
  return {
    perform(_actor, effect, cause) {
      const asked = effect as SyncGroupEffect;
      notices.notify(asked.params, cause);
    },
  };
}
