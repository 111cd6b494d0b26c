/** BFD sessions as a part of the VRRP process: their actors, their packet service, and what is told of them. */
import type { BfdActor } from '../config/actors/bfd.ts';
import type { BfdListener, BfdPort } from '../engine/bfd.ts';
import type { Engine } from '../engine/engine.ts';
import type { ActorEvent, ActorId, JournalRow } from '../engine/types.ts';
import { UdpBfd } from '../io/bfd/udp-bfd.ts';
import { lateCrypto } from '../io/late-modules.ts';
import { type BfdContext, detectUs } from '../machines/bfd/bfd.context.ts';
import { bfdDefinition } from '../machines/registry.ts';
import { BFD_DIAGNOSTICS } from '../protocol/bfd.ts';
import type { Json } from '../protocol/json.ts';
import type { ActorKind } from './actor-set.ts';
import { realClock } from './clock.ts';

/** What randomInt takes at most. */
const CHANCES = 2 ** 48 - 1;

export function createBfdService(listener: BfdListener, onProblem: (message: string) => void): UdpBfd {
  const random = (): number => lateCrypto().randomInt(CHANCES) / CHANCES;
  return new UdpBfd({ listener, clock: realClock, random, onProblem });
}

export function bfdKind(engine: Pick<Engine, 'post'>, port: BfdPort): ActorKind<BfdActor> {
  const started = new Set<ActorId>();
  return {
    definition: bfdDefinition,
    follow(actors) {
      for (const { id } of actors) {
        if (started.has(id)) continue;
        started.add(id);
        const [discriminator, spare] = [port.drawDiscriminator(), port.drawDiscriminator()];
        engine.post(id, { type: 'session.started', discriminator, spare });
      }
    },
    forget: (id) => started.delete(id),
    reconfigured: ({ input }): ActorEvent => ({ type: 'session.reconfigured', input }),
    removed: () => ({ type: 'session.removed' }),
    isSettled: ({ state }) => state === 'stopped' || state === 'initialize',
  };
}

/** When each session came into its state. */
export class SessionChanges {
  readonly #last = new Map<ActorId, { readonly state: Json; readonly atUs: number }>();

  see({ actor, state, monoUs }: JournalRow): void {
    if (actor.startsWith('bfd/') && this.#last.get(actor)?.state !== state)
      this.#last.set(actor, { state, atUs: monoUs });
  }

  lastUs(actor: ActorId): number | null {
    return this.#last.get(actor)?.atUs ?? null;
  }
}

export interface SessionSources {
  readonly engine: Pick<Engine, 'view'>;
  readonly port: BfdPort;
  readonly changes: SessionChanges;
}

/** A session for `relive status`; null if the actor is none. Times in microseconds. */
export function sessionStatus({ engine, port, changes }: SessionSources, id: ActorId, nowUs: number) {
  const view = engine.view(id);
  if (view === null || view.machine !== bfdDefinition.name) return null;
  const context = view.context as unknown as BfdContext;
  const { input, remote } = context;
  const status = port.status(id);
  const changedUs = changes.lastUs(id);
  return {
    name: input.name,
    state: view.crashed ? 'crashed' : view.state,
    sinceUs: changedUs === null ? null : nowUs - changedUs,
    neighbor: input.neighbor,
    source: input.source,
    multihop: input.multihop,
    diagnostic: BFD_DIAGNOSTICS[context.diagnostic] ?? '',
    discriminator: context.discriminator,
    minTxUs: input.minTxUs,
    minRxUs: input.minRxUs,
    multiplier: input.multiplier,
    polling: context.polling,
    transmitIntervalUs: status?.transmitIntervalUs ?? null,
    detectUs: detectUs(context),
    remote: remote === null ? null : { ...remote, diagnostic: BFD_DIAGNOSTICS[remote.diagnostic] ?? '' },
    lastPacketAgoUs: status?.lastReceivedUs == null ? null : nowUs - status.lastReceivedUs,
    error: context.socketError ?? context.sendError,
    counters: status?.counters ?? null,
  };
}
