/** What checkers, real servers and virtual servers ask for: probes, and that people and programs are told. */
import type { ActorId, EffectExecutor } from '../engine/types.ts';
import type { CheckerEffect } from '../machines/checker/checker.effects.ts';
import type { ProbePlan } from '../machines/checker/checker.input.ts';
import type { RealServerEffect } from '../machines/real-server/real-server.effects.ts';
import type { VirtualServerEffect } from '../machines/virtual-server/virtual-server.effects.ts';
import { unknownEffect } from './heartbeats.ts';
import type { ServerNoticeExecutor } from './notices.ts';

/** Probes for actors again and again, and posts what it finds by itself. */
export interface ProbeService {
  probe(actor: ActorId, plan: ProbePlan, firstDelayUs: number, everyUs: number): void;
  /** `page`: of a plan with several, which is next; null: the one that it was to be. */
  again(actor: ActorId, afterUs: number, everyUs: number, page: number | null): void;
  /** A probe that comes to this is not posted; null: each one is. */
  expect(actor: ActorId, outcome: 'passed' | 'failed' | null): void;
  stop(actor: ActorId): void;
}

export function createCheckerExecutor(probes: ProbeService): EffectExecutor {
  return {
    perform(actor, effect) {
      const asked = effect as CheckerEffect;
      switch (asked.type) {
        case 'probe': {
          const { plan, firstDelayUs, everyUs } = asked.params;
          probes.probe(actor, plan, firstDelayUs, everyUs);
          return;
        }
        case 'probeAgain': {
          const { afterUs, everyUs, page = null } = asked.params;
          probes.again(actor, afterUs, everyUs, page);
          return;
        }
        case 'expectProbe':
          probes.expect(actor, asked.params.outcome);
          return;
        case 'stopProbing':
          probes.stop(actor);
          return;
        default:
          unknownEffect(asked);
      }
    },
  };
}

/** For real and virtual servers alike: until the kernel's table is driven, all that they ask for is to be told or mailed of. */
export function createServerExecutor(notices: ServerNoticeExecutor): EffectExecutor {
  return {
    perform(actor, effect, cause) {
      const asked = effect as RealServerEffect | VirtualServerEffect;
      if (asked.type === 'mail') notices.mailServer(asked.params);
      else notices.notifyServer(actor, asked.params, cause);
    },
  };
}
