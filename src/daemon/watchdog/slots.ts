/**
 * What the next worker and the watchdog need of the instances if this process dies: in memory that outlives it, always up to date,
 * at the price of a store for each advert and some for each change of role.
 */
import type { SharedPlace } from '../../../native/heartbeat-engine.ts';
import { interfaceIndex } from '../../../native/index.ts';
import type { VrrpActor } from '../../config/actors.ts';
import type { ActorView } from '../../engine/engine.ts';
import type { AdvertPacket } from '../../engine/heartbeat/advert-packets.ts';
import { channelOf } from '../../engine/heartbeat/instance.ts';
import { removalSteps } from '../../engine/outputs/object-requests.ts';
import type { ActorId, JournalRow } from '../../engine/types.ts';
import { lateCrypto } from '../../io/late-modules.ts';
import { heldObjects } from '../../machines/vrrp/input/objects.ts';
import { type VrrpContext, wireIdentity } from '../../machines/vrrp/vrrp.context.ts';
import type { AdvertContent } from '../../machines/vrrp/vrrp.effects.ts';
import { type FormerSelf, leaseUs } from '../../machines/vrrp/vrrp.resumption.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { Pieces } from '../pieces.ts';
import { type LifePage, MOST_SLOTS, type Release, type SlotRole } from './life-page.ts';

/** Digests are cut to this many characters of hexadecimal. */
const DIGEST_CHARACTERS = 32;
/** What is to be done on behalf of the dead is written down so soon after a change. */
const SETTLES_MS = 100;

interface Known {
  readonly slot: number;
  /** Null: nothing is known yet, and what stands there is the former worker's. */
  role: SlotRole | null;
  told: boolean;
}

export interface SlotsOptions {
  readonly page: LifePage;
  readonly nowUs: () => number;
  readonly view: (actor: ActorId) => ActorView | null;
  /** Adverts of priority 0 as they would leave now; null: nobody else can say them. */
  readonly goodbyes: (actor: ActorId) => readonly AdvertPacket[] | null;
  readonly pieces: Pieces;
  /** It goes on as master, and the watchdog has given it up, because this process took so long. */
  readonly givenUp: (actor: ActorId, tookUs: number) => void;
}

/** After these an instance has other terms. */
const CHANGES: readonly string[] = ['instance.reconfigured', 'source.found'];
/** And by these its adverts have another priority. */
const ANNOUNCES: readonly string[] = ['announce', 'reviseAnnouncement'];

export class Slots {
  readonly #options: SlotsOptions;
  /** By the digest of its actor's name: what the former worker left. */
  readonly #former: ReadonlyMap<string, number>;
  readonly #known = new Map<ActorId, Known>();
  /** By slot: when it was read that it was master, for what this process has not said anything of yet. */
  readonly #claims = new Map<number, number>();
  #next = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Something has changed since what stands there was begun to be written. */
  #isStale = false;

  constructor(options: SlotsOptions) {
    this.#options = options;
    const left = options.page.slots();
    this.#former = new Map(left.map(({ name, slot }) => [name, slot]));
    this.#next = Math.max(0, ...left.map(({ slot }) => slot + 1));
  }

  /** What `instance.started` tells of a former worker; null: there was none with this instance. */
  formerOf({ id, input }: Pick<VrrpActor, 'id' | 'input'>): FormerSelf | null {
    const slot = this.#former.size === 0 ? undefined : this.#former.get(nameOf(id));
    if (slot === undefined) return null;
    const nowUs = this.#options.nowUs();
    const { role, advertUs, keptUntilUs, told, digest } = this.#options.page.claim(slot, nowUs);
    if (role === 'master') this.#claims.set(slot, nowUs);
    const advertAgeUs = Math.round(this.#options.nowUs() - advertUs);
    const keptUs = Math.round(keptUntilUs - nowUs);
    const kept = keptUs > 0 ? { keptUs } : {};
    return { role, advertAgeUs, ...kept, told, digest, ownDigest: digestOf(JSON.stringify(input)) };
  }

  /** Where the time is kept at which an advert of it left; null: nowhere. */
  sentPlaceOf(actor: ActorId): SharedPlace | null {
    const known = this.#slotOf(actor);
    return known === null ? null : this.#options.page.sentPlace(known.slot);
  }

  /** An advert of it has left. */
  sent(actor: ActorId, nowUs: number): void {
    const known = this.#known.get(actor);
    if (known !== undefined) this.#options.page.sent(known.slot, nowUs);
  }

  /** Follows the roles of instances. */
  see({ actor, state, event, effects }: JournalRow): void {
    if (!actor.startsWith('vrrp/') || state === null) return;
    const { standing, startup } = state as JsonObject;
    // What it may go on from is the former worker's until it does or does not.
    if (standing === 'unknown' || startup === 'resuming') return;
    const known = this.#slotOf(actor);
    const announced = known === null ? undefined : effects.findLast(({ type }) => ANNOUNCES.includes(type));
    if (known !== null && announced !== undefined) this.#announces(known, announced.params as AdvertContent);
    this.#follow(actor, known, state as JsonObject);
    if (CHANGES.includes(event.type)) this.#writeSoon();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #announces({ slot }: Known, { priority }: AdvertContent): void {
    this.#options.page.setPriority(slot, priority);
  }

  #follow(actor: ActorId, known: Known | null, { protocol, notices }: JsonObject): void {
    const role = protocol === 'master' ? 'master' : protocol === 'initialize' ? 'none' : 'backup';
    const told = notices === 'master';
    if (known === null || (known.role === role && known.told === told)) return;
    if (known.role !== role) this.#writeSoon();
    known.role = role;
    known.told = told;
    this.#write(actor, known.slot, role, told);
  }

  #write(actor: ActorId, slot: number, role: SlotRole, told: boolean): void {
    const { page, nowUs, givenUp } = this.#options;
    const claimedUs = this.#claims.get(slot);
    this.#claims.delete(slot);
    if (claimedUs === undefined) page.setRole(slot, role, told);
    else if (!page.settle(slot, role, told) && role === 'master') givenUp(actor, nowUs() - claimedUs);
  }

  /** Null: there are too many. */
  #slotOf(actor: ActorId): Known | null {
    const found = this.#known.get(actor);
    if (found !== undefined) return found;
    const { page } = this.#options;
    const name = nameOf(actor);
    const former = this.#former.get(name);
    const slot = former ?? this.#next;
    if (slot >= MOST_SLOTS) return null;
    const known: Known = { slot, role: null, told: false };
    this.#known.set(actor, known);
    if (former !== undefined) return known;
    this.#next += 1;
    page.nameSlot(slot, name);
    page.setRole(slot, 'none', false);
    return known;
  }

  #writeSoon(): void {
    this.#isStale = true;
    this.#timer ??= setTimeout(() => {
      this.#isStale = false;
      void this.#writeReleases().then(() => {
        this.#timer = null;
        if (this.#isStale) this.#writeSoon();
      });
    }, SETTLES_MS);
  }

  /** For each master its configuration's digest, its lease, its goodbyes, and how its objects leave the kernel. */
  async #writeReleases(): Promise<void> {
    const { page, view, pieces, goodbyes } = this.#options;
    page.beginReleases();
    const write = ([actor, { slot, role }]: [ActorId, Known]): void => {
      const seen = role === 'master' ? view(actor) : null;
      if (seen === null) return;
      const context = seen.context as unknown as VrrpContext;
      const { input } = context;
      page.setTerms(slot, digestOf(JSON.stringify(input)), leaseUs(input), input.advertIntervalUs);
      page.setReleases(slot, [...releasesOf(context, goodbyes(actor) ?? [])]);
    };
    await pieces.each([...this.#known], write, () => true);
  }
}

/** What has to be signed anew each time cannot be said by anybody else: the address goes, and silence tells. */
function* releasesOf(context: VrrpContext, goodbyes: readonly AdvertPacket[]): Generator<Release> {
  const index = interfaceIndex(channelOf(wireIdentity(context))) ?? 0;
  for (const { bytes } of goodbyes) yield { type: 0, index, bytes };
  const { input } = context;
  for (const { prepare } of removalSteps(heldObjects(input), interfaceIndex)) {
    const prepared = prepare();
    if (prepared !== null && typeof prepared !== 'string')
      yield { type: prepared.type, index: 0, bytes: prepared.payload };
  }
}

function digestOf(text: string): string {
  return lateCrypto().hash('sha256', text, 'hex').slice(0, DIGEST_CHARACTERS);
}

/** 128 bits of an actor's name (FNV-1a, four times with other beginnings): a key among a few thousand, as cheap as can be. */
function nameOf(actor: ActorId): string {
  const lanes = [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b];
  for (let at = 0; at < actor.length; at++) {
    const code = actor.charCodeAt(at);
    for (const [lane, hash] of lanes.entries()) lanes[lane] = Math.imul(hash ^ (code + lane), 0x01000193);
  }
  return lanes.map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}
