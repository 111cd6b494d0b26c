/** What checkers, real servers and virtual servers ask for: probes, and that people and programs are told. */
import type { ActorId, EffectExecutor, Post } from '../engine/types.ts';
import type { CheckerEffect } from '../machines/checker/checker.effects.ts';
import type { ProbePlan } from '../machines/checker/checker.input.ts';
import type { RealServerEffect } from '../machines/real-server/real-server.effects.ts';
import type { TableWeight, VirtualServerEffect } from '../machines/virtual-server/virtual-server.effects.ts';
import type { DestinationPlan, ServicePlan } from '../protocol/ipvs/plan.ts';
import { unknownEffect } from './heartbeats.ts';
import type { ServerNoticeExecutor } from './notices.ts';

/** Probes for actors again and again, and posts what it finds by itself. */
export interface ProbeService {
  probe(actor: ActorId, plan: ProbePlan, firstDelayUs: number, everyUs: number): void;
  /** `page`: of a plan with several, which is next; null: the one that it was to be. */
  again(actor: ActorId, afterUs: number, everyUs: number, page: number | null): void;
  /** The same probe, but for what does not make another one of it; from the next on. */
  revise(actor: ActorId, plan: ProbePlan): void;
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
        case 'revisePlan':
          probes.revise(actor, asked.params.plan);
          return;
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

/** All that a real server asks for is to be told of, or mailed about. */
export function createRealServerExecutor(notices: ServerNoticeExecutor): EffectExecutor {
  return {
    perform(actor, effect, cause) {
      const asked = effect as RealServerEffect;
      if (asked.type === 'mail') notices.mailServer(asked.params);
      else notices.notifyServer(actor, asked.params, cause);
    },
  };
}

/** What a virtual server wants of the kernel's table. What becomes of it is told by the service itself. */
export interface ServiceTableService {
  hold(
    actor: ActorId,
    service: ServicePlan,
    destinations: readonly DestinationPlan[],
    weights: readonly TableWeight[],
  ): void;
  weigh(actor: ActorId, changes: readonly (readonly [place: number, weight: TableWeight])[]): void;
  mend(actor: ActorId): void;
  release(actor: ActorId): void;
}

export function createVirtualServerExecutor(
  notices: ServerNoticeExecutor,
  table: ServiceTableService,
  asked: (actor: ActorId, cause: number, post: Post) => void,
  suspend: (actor: ActorId, isSuspended: boolean) => void,
): EffectExecutor {
  return {
    perform(actor, effect, cause, post) {
      const wanted = effect as VirtualServerEffect;
      if (wanted.type === 'notify') {
        notices.notifyServer(actor, wanted.params, cause);
        return;
      }
      if (wanted.type === 'mail') {
        notices.mailServer(wanted.params);
        return;
      }
      if (wanted.type === 'suspendChecks' || wanted.type === 'resumeChecks') {
        suspend(actor, wanted.type === 'suspendChecks');
        return;
      }
      asked(actor, cause, post);
      switch (wanted.type) {
        case 'holdServices': {
          const { service, destinations, weights } = wanted.params;
          table.hold(actor, service, destinations, weights);
          return;
        }
        case 'setDestinations':
          table.weigh(
            actor,
            wanted.params.changes.map(({ place, weight }) => [place, weight]),
          );
          return;
        case 'mendServices':
          table.mend(actor);
          return;
        case 'releaseServices':
          table.release(actor);
          return;
        default:
          unknownEffect(wanted);
      }
    },
  };
}
