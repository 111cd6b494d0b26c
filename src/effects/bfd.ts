/** Effects of BFD sessions: handed to the packet service at once, in the order asked for. */
import type { BfdPort } from '../engine/bfd.ts';
import type { ActorEvent, EffectExecutor } from '../engine/types.ts';
import type { BfdSessionEffect } from '../machines/bfd/bfd.effects.ts';
import type { BfdEvent } from '../machines/bfd/bfd.events.ts';

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Outcomes are posted before `perform` returns; the engine opens them after the effects of the same step. */
export function createBfdExecutor(port: BfdPort): EffectExecutor {
  return {
    perform(actor, effect, cause, post) {
      const answer = (outcome: BfdEvent): void => post(actor, outcome as ActorEvent, cause);
      const asked = effect as unknown as BfdSessionEffect;
      switch (asked.type) {
        case 'openSession':
          try {
            port.open(actor, asked.params.identity);
          } catch (error) {
            answer({ type: 'socket.failed', error: textOf(error) });
            return;
          }
          answer({ type: 'socket.opened' });
          return;
        case 'transmitControl': {
          const { packet, intervalUs, answerPoll } = asked.params;
          port.transmit(actor, packet, intervalUs, answerPoll);
          return;
        }
        case 'awaitControl':
          port.await(actor, asked.params.awaited, asked.params.detectUs);
          return;
        case 'drawDiscriminator':
          answer({ type: 'discriminator.drawn', discriminator: port.drawDiscriminator() });
          return;
        case 'closeSession':
          port.close(actor);
          return;
        default:
          unknownEffect(asked);
      }
    },
  };
}

/** A compile error where an effect has no executor, and an exception if one comes all the same. */
function unknownEffect(effect: never): never {
  throw new Error(`no executor performs the effect ${JSON.stringify(effect)}`);
}
