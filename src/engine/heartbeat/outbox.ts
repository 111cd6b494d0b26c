/** What leaves for the instances, and what is counted of it, here and by whoever repeats. */
import type { AdvertContent } from '../../machines/vrrp/vrrp.effects.ts';
import { type AdvertPacket, sendPackets } from './advert-packets.ts';
import { declareAgain } from './first-advert.ts';
import { comparesAddresses, type Instance } from './instance.ts';
import type { HeartbeatOutputs } from './outputs.ts';
import type { Pace } from './pace.ts';

export class Outbox {
  readonly #outputs: HeartbeatOutputs;
  readonly #pace: Pace;

  constructor(outputs: HeartbeatOutputs, pace: Pace) {
    this.#outputs = outputs;
    this.#pace = pace;
  }

  /** Its packets look different from now on. */
  buildAnew(instance: Instance): void {
    declareAgain(instance);
    const { announced, sentRun } = instance;
    if (announced === null) return;
    if (sentRun.source !== instance.source) {
      this.prepare(instance, announced);
      return;
    }
    instance.packets = instance.packetsFor(announced);
    this.#pace.revise(instance);
    this.collect(instance);
    // Whoever sends what is the same, so the silence before the next one belongs to its run.
    sentRun.roll();
    this.#pace.armRuns(instance);
  }

  /** `previousUs`: when an advert that says the same left before; null: none did. */
  prepare(instance: Instance, content: AdvertContent, previousUs: number | null = null): void {
    instance.announced = content;
    instance.packets = instance.packetsFor(content);
    this.#pace.revise(instance);
    this.collect(instance);
    instance.sentRun.begin(instance.source ?? '', content.priority, previousUs);
    this.#pace.armRuns(instance);
  }

  /** What was counted elsewhere, all of it like the newest advert. */
  collect(instance: Instance): void {
    const received = instance.collect();
    const { lastAdvert } = instance;
    if (
      received > 0 &&
      instance.listDiffers &&
      lastAdvert !== null &&
      comparesAddresses(instance, lastAdvert, true)
    )
      instance.errors.addressList += received;
  }

  sendAnnounced(instance: Instance, nowUs: number, wallUs: number): void {
    if (instance.announced === null) return;
    if (!this.send(instance, instance.packets, instance.announced.priority, wallUs)) return;
    this.#outputs.announced?.(instance.actor, nowUs);
    if (instance.sentRun.add(nowUs, wallUs)) this.#pace.armRuns(instance);
  }

  /** True if the advert left to at least one destination. */
  send(
    instance: Instance,
    packets: readonly AdvertPacket[] | null,
    priority: number,
    wallUs: number,
  ): boolean {
    const { error, left } = sendPackets(instance, packets, wallUs, this.#outputs.send);
    if (left) {
      instance.sent++;
      instance.lastSentWallUs = wallUs;
      if (priority === 0) instance.priorityZeroSent++;
    }
    instance.repetition?.setFailing(error !== null);
    this.noteSending(instance, error);
    return left;
  }

  noteSending(instance: Instance, error: string | null): void {
    if ((error !== null) === instance.sendFailing) return;
    instance.sendFailing = error !== null;
    this.#outputs.event(
      instance.actor,
      error === null ? { type: 'adverts.sendRecovered' } : { type: 'adverts.sendFailed', error },
    );
  }

  /** Counts a first advert that has left by itself. When it did, monotonic; null: none has. */
  takeUp(instance: Instance): number | null {
    const { first, repetition } = instance;
    if (repetition?.takeUp() !== true || first === null) return null;
    instance.sentRun.begin(first.source, first.priority, null);
    this.collect(instance);
    return instance.sentRun.lastUs;
  }

  /** Nobody stands by the first advert that has left. */
  withdraw(instance: Instance, sentUs: number, wallUs: number): void {
    const priority = instance.first?.priority ?? instance.left?.priority ?? 0;
    instance.first = null;
    instance.left = null;
    instance.sentRun.end();
    const resigned = this.send(instance, instance.packetsFor({ priority: 0 }), 0, wallUs);
    this.#outputs.event(instance.actor, { type: 'claim.withdrawn', priority, sentUs, resigned });
  }
}
