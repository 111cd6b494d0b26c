/** What a process that dies leaves written down for the next one, as src/daemon/watchdog/slots.ts does in memory that outlives it. */
import { createHash } from 'node:crypto';
import type { ActorId } from '../../../src/engine/types.ts';
import type { FormerSelf } from '../../../src/machines/vrrp/vrrp.resumption.ts';
import type { JsonObject } from '../../../src/protocol/json.ts';
import { protocolPath } from '../checks/views.ts';
import type { Lan } from '../story/model.ts';
import { advertOf } from './advert-bytes.ts';
import type { Life } from './life.ts';

interface Slot {
  readonly role: FormerSelf['role'];
  readonly told: boolean;
  readonly sentUs: number;
  readonly digest: string;
}

export interface LeftBehind {
  readonly slots: ReadonlyMap<ActorId, Slot>;
  /** Checkers that count as failed (src/daemon/watchdog/failed-checks.ts). */
  readonly failedChecks: ReadonlySet<ActorId>;
}

/** When the last adverts left, but for resignations. */
export class SentTimes {
  readonly #sent = new Map<string, number>();

  note(lan: Lan, packet: Uint8Array, nowUs: number): void {
    const { family, vrid, priority } = advertOf(packet);
    if (priority > 0) this.#sent.set(`${lan} ${family} ${vrid}`, nowUs);
  }

  of(lan: Lan, family: string, vrid: number): number {
    return this.#sent.get(`${lan} ${family} ${vrid}`) ?? Number.NEGATIVE_INFINITY;
  }
}

/** Of every instance of a life that runs. */
export function leftBehindBy(life: Life, sent: SentTimes): LeftBehind {
  const slots = life.config.instances.flatMap(({ name, lan, family, vrid }): [ActorId, Slot][] => {
    const actor = `vrrp/${name}`;
    const view = life.engine.view(actor);
    if (view === null) return [];
    const { notices, startup } = view.state as JsonObject;
    // What it may go on from is that of the one before until it does.
    const before = startup === 'resuming' ? life.former?.slots.get(actor) : undefined;
    const path = protocolPath(view.state);
    const role = path === 'master' ? 'master' : path === 'initialize' ? 'none' : 'backup';
    const slot = { role, told: notices === 'master', sentUs: sent.of(lan, family, vrid) } as const;
    return [[actor, before ?? { ...slot, digest: digestOf(view.context.input) }]];
  });
  return { slots: new Map(slots), failedChecks: failedIn(life) };
}

/** What the life before knew holds for those that have not been tried again. */
function failedIn({ running, engine, former }: Life): ReadonlySet<ActorId> {
  const failed = running.flatMap(({ id }) => {
    if (!id.startsWith('checker/')) return [];
    const view = engine.view(id);
    const isFailing = view?.state === 'failing';
    const isUntried = view?.state === 'idle' || view?.state === 'untried';
    return isFailing || (isUntried && former?.failedChecks.has(id)) ? [id] : [];
  });
  return new Set(failed);
}

/** What `instance.started` tells of the former life. */
export function formerSelf(
  left: LeftBehind | null,
  actor: ActorId,
  input: object,
  nowUs: number,
): FormerSelf | null {
  const slot = left?.slots.get(actor);
  if (slot === undefined) return null;
  const { role, told, sentUs, digest } = slot;
  const advertAgeUs = Number.isFinite(sentUs) ? nowUs - sentUs : Number.MAX_SAFE_INTEGER;
  return { role, told, advertAgeUs, digest, ownDigest: digestOf(input) };
}

function digestOf(input: unknown): string {
  return createHash('sha256').update(JSON.stringify(input)).digest('hex').slice(0, 32);
}
