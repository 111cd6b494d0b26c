/**
 * The heartbeat service without any input or output of its own: given the time and the packets, it says what to send,
 * what changed and when it wants to be called again. The drivers (real sockets, simulated LAN) hold the clock.
 */
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import type { AcceptedAdvert } from '../../protocol/vrrp-judgement.ts';
import type { HeartbeatListener, HeartbeatStatus } from '../heartbeat.ts';
import type { ActorId } from '../types.ts';
import { type AdvertPacket, buildAdvertPackets, stampIdentification } from './advert-packets.ts';
import { DeadlineHeap, NEVER } from './deadline-heap.ts';
import { type DeadlineOwner, Instance, isSameAwaited, STALL_FLOOR_US } from './instance.ts';
import { InstanceTable, type InterfaceCounters } from './instance-table.ts';

export interface HeartbeatOutputs extends HeartbeatListener {
  /**
   * Sends a whole IPv4 packet. The bytes are reused after the call returns. Returns null, or why it did not leave.
   * May not call back into the core.
   */
  send(interfaceName: string, packet: Uint8Array, destination: string): string | null;
}

/** No interval of ours is shorter (version 3: one centisecond), so that a wrong one cannot make a busy loop. */
const SHORTEST_INTERVAL_US = 10_000;
const NO_INTERFACES: readonly string[] = [];

/**
 * Semantics are those of HeartbeatPort. Times: `nowUs` monotonic, `wallUs` Unix, integers in microseconds.
 * A driver's turn is: `wantsDrain(now)`, read those sockets empty into `packetReceived`, then `due(now)`.
 * Calls for an actor that is not open do nothing: its effects may still be on their way when it is closed.
 * `event` and `run` may be called back from within any of these, and may call into the core again.
 */
export class HeartbeatCore {
  readonly #outputs: HeartbeatOutputs;
  readonly #instances = new InstanceTable();
  readonly #deadlines = new DeadlineHeap<DeadlineOwner>();
  /** Deadlines up to here have had their lateness judged. */
  #stallsNotedUs = Number.NEGATIVE_INFINITY;

  constructor(outputs: HeartbeatOutputs) {
    this.#outputs = outputs;
  }

  /** Opening an open actor closes the former one. */
  open(actor: ActorId, identity: WireIdentity): void {
    this.close(actor);
    this.#instances.add(new Instance(actor, identity, (run) => this.#outputs.run(run)));
  }

  close(actor: ActorId): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    this.#instances.remove(instance);
    this.#deadlines.disarm(instance.advertDue);
    this.#deadlines.disarm(instance.silenceDue);
    this.#deadlines.disarm(instance.runsDue);
    instance.announced = null;
    instance.watching = false;
    instance.sentRun.end();
    instance.receivedRun.end();
  }

  /** Adverts leave from this address from the next one on. */
  setSource(actor: ActorId, address: string): void {
    const instance = this.#instances.get(actor);
    if (instance === null || instance.source === address) return;
    instance.setSource(address);
    if (instance.announced !== null) this.#prepare(instance, instance.announced);
  }

  announce(actor: ActorId, content: AdvertContent, nowUs: number, wallUs: number): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    if (instance.announced?.priority !== content.priority) this.#prepare(instance, content);
    this.#deadlines.arm(instance.advertDue, nowUs + intervalOf(instance));
    this.#sendAnnounced(instance, nowUs, wallUs);
  }

  /** The schedule stays as it is. */
  revise(actor: ActorId, content: AdvertContent): void {
    const instance = this.#instances.get(actor);
    if (instance === null || instance.announced === null) return;
    if (instance.announced.priority !== content.priority) this.#prepare(instance, content);
  }

  stopAnnouncing(actor: ActorId): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    instance.announced = null;
    instance.packets = null;
    this.#deadlines.disarm(instance.advertDue);
    instance.sentRun.end();
    this.#armRuns(instance);
  }

  /** The advert that is announced anyway counts as one of the schedule, which begins anew with it. */
  sendOnce(actor: ActorId, content: AdvertContent, nowUs: number, wallUs: number): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    if (instance.announced?.priority === content.priority) {
      this.#deadlines.arm(instance.advertDue, nowUs + intervalOf(instance));
      this.#sendAnnounced(instance, nowUs, wallUs);
    } else {
      this.#send(instance, packetsFor(instance, content), content.priority);
    }
  }

  watch(
    actor: ActorId,
    awaited: AwaitedAdvert | null,
    allowedUs: number,
    expectedIntervalUs: number,
    nowUs: number,
  ): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    const sameAgain = instance.watching && isSameAwaited(instance.awaited, awaited);
    instance.watching = true;
    instance.awaited = awaited;
    instance.allowedUs = allowedUs;
    instance.expectedIntervalUs = expectedIntervalUs;
    const last = instance.lastAdvert;
    const heardUs = last !== null && instance.isAwaited(last) ? instance.lastAdvertUs : null;
    if (!sameAgain || awaited === null) instance.silentSinceUs = heardUs ?? nowUs;
    if (!sameAgain) {
      if (awaited === null) instance.receivedRun.end();
      else instance.receivedRun.begin(awaited.source, awaited.priority, heardUs);
      this.#armRuns(instance);
    }
    this.#deadlines.arm(instance.silenceDue, nowUs + allowedUs);
  }

  /** Nothing if no deadline runs. It may be over at once: then the next `due` reports the silence. */
  adjustWatch(actor: ActorId, awaited: AwaitedAdvert | null, allowedUs: number): void {
    const instance = this.#instances.get(actor);
    if (instance === null || !instance.watching || instance.silenceDue.atUs === NEVER) return;
    this.#deadlines.arm(instance.silenceDue, instance.silenceDue.atUs + allowedUs - instance.allowedUs);
    instance.allowedUs = allowedUs;
    if (isSameAwaited(instance.awaited, awaited)) return;
    instance.awaited = awaited;
    if (awaited === null) instance.receivedRun.end();
    else instance.receivedRun.begin(awaited.source, awaited.priority, null);
    this.#armRuns(instance);
  }

  stopWatching(actor: ActorId): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    instance.watching = false;
    this.#endWatch(instance);
  }

  /**
   * A whole IPv4 packet from a socket of this interface. The bytes may be reused after the call returns. Never throws,
   * whatever they are. Our own packets and those for an instance that neither announces nor watches are not counted.
   */
  packetReceived(packet: Uint8Array, interfaceName: string, nowUs: number, wallUs: number): void {
    this.#noteStalls(nowUs);
    const instance = this.#instances.find(packet, interfaceName);
    if (instance === null || !instance.listening || isFrom(packet, instance.sourceValue)) return;
    const judgement = instance.judge(packet);
    if (!judgement.ok) {
      instance.errors[judgement.error]++;
      return;
    }
    instance.received++;
    if (judgement.addressListDiffers) instance.errors.addressList++;
    if (judgement.advert.priority === 0) instance.priorityZeroReceived++;
    instance.lastAdvert = judgement.advert;
    instance.lastAdvertUs = nowUs;
    if (instance.isAwaited(judgement.advert)) this.#heardAgain(instance, nowUs, wallUs);
    else this.#outputs.event(instance.actor, advertReceived(judgement.advert));
  }

  /** When `due` wants to be called, null if nothing is planned. */
  nextDueUs(): number | null {
    return this.#deadlines.peek()?.atUs ?? null;
  }

  /**
   * Interfaces whose sockets must be read empty before `due`: a master there is about to be called silent, and its
   * adverts may be waiting. Reports stalls of this process first, so that they precede what was waiting.
   */
  wantsDrain(nowUs: number): readonly string[] {
    this.#noteStalls(nowUs);
    const first = this.#deadlines.peek();
    if (first === null || first.atUs > nowUs) return NO_INTERFACES;
    const interfaces = new Set<string>();
    for (const { owner } of this.#deadlines.dueAt(nowUs))
      if (owner.kind === 'silence') interfaces.add(owner.instance.identity.interface);
    return interfaces.size === 0 ? NO_INTERFACES : [...interfaces];
  }

  /** Does what is due. What only becomes due meanwhile waits for the next call, so that no listener can hold it here. */
  due(nowUs: number, wallUs: number): void {
    this.#noteStalls(nowUs);
    for (let left = this.#deadlines.size; left > 0; left--) {
      const first = this.#deadlines.peek();
      if (first === null || first.atUs > nowUs) return;
      const { instance, kind } = first.owner;
      if (kind === 'advert') this.#advertDue(instance, nowUs, wallUs);
      else if (kind === 'silence') this.#silenceDue(instance, nowUs);
      else this.#runsDue(instance, nowUs);
    }
  }

  status(actor: ActorId): HeartbeatStatus | null {
    return this.#instances.get(actor)?.status() ?? null;
  }

  /** True if any instance uses the interface. */
  usesInterface(interfaceName: string): boolean {
    return this.#instances.countOn(interfaceName) > 0;
  }

  interfaceOf(actor: ActorId): string | null {
    return this.#instances.get(actor)?.identity.interface ?? null;
  }

  interfaceCounters(interfaceName: string): InterfaceCounters {
    return this.#instances.interfaceCounters(interfaceName);
  }

  #prepare(instance: Instance, content: AdvertContent): void {
    instance.announced = content;
    instance.packets = packetsFor(instance, content);
    instance.sentRun.begin(instance.source ?? '', content.priority, null);
    this.#armRuns(instance);
  }

  #sendAnnounced(instance: Instance, nowUs: number, wallUs: number): void {
    if (instance.announced === null) return;
    if (!this.#send(instance, instance.packets, instance.announced.priority)) return;
    if (instance.sentRun.add(nowUs, wallUs)) this.#armRuns(instance);
  }

  /** True if the advert left to at least one destination. */
  #send(instance: Instance, packets: readonly AdvertPacket[] | null, priority: number): boolean {
    let error = packets === null ? 'no source address' : null;
    let left = false;
    for (const packet of packets ?? []) {
      stampIdentification(packet, instance.nextIdentification());
      const failure = this.#outputs.send(instance.identity.interface, packet.bytes, packet.destination);
      if (failure === null) left = true;
      else error ??= `${packet.destination}: ${failure}`;
    }
    if (left) {
      instance.sent++;
      if (priority === 0) instance.priorityZeroSent++;
    }
    if ((error !== null) !== instance.sendFailing) {
      instance.sendFailing = error !== null;
      this.#outputs.event(
        instance.actor,
        error === null ? { type: 'adverts.sendRecovered' } : { type: 'adverts.sendFailed', error },
      );
    }
    return left;
  }

  #heardAgain(instance: Instance, nowUs: number, wallUs: number): void {
    instance.silentSinceUs = nowUs;
    this.#deadlines.arm(instance.silenceDue, nowUs + instance.allowedUs);
    if (instance.receivedRun.add(nowUs, wallUs)) this.#armRuns(instance);
  }

  /** The schedule is absolute, so lateness does not add up; after a stall it begins anew instead of catching up. */
  #advertDue(instance: Instance, nowUs: number, wallUs: number): void {
    const plannedUs = instance.advertDue.atUs;
    const stalled = nowUs - plannedUs > instance.stallToleranceUs('advert');
    this.#deadlines.arm(instance.advertDue, (stalled ? nowUs : plannedUs) + intervalOf(instance));
    this.#sendAnnounced(instance, nowUs, wallUs);
  }

  #silenceDue(instance: Instance, nowUs: number): void {
    const lateUs = nowUs - instance.silenceDue.atUs;
    const silentUs = nowUs - instance.silentSinceUs;
    const { allowedUs, expectedIntervalUs } = instance;
    const missedAdverts = expectedIntervalUs > 0 ? Math.floor(silentUs / expectedIntervalUs) : 0;
    this.#endWatch(instance);
    this.#outputs.event(instance.actor, {
      type: 'master.silent',
      silentUs,
      allowedUs,
      missedAdverts,
      lateUs,
    });
  }

  /** Nothing is awaited any more. After a silence the instance still listens: the machine has not spoken yet. */
  #endWatch(instance: Instance): void {
    instance.awaited = null;
    this.#deadlines.disarm(instance.silenceDue);
    instance.receivedRun.end();
    this.#armRuns(instance);
  }

  #runsDue(instance: Instance, nowUs: number): void {
    for (const run of [instance.receivedRun, instance.sentRun]) if (run.mustCloseUs <= nowUs) run.roll();
    this.#armRuns(instance);
  }

  #armRuns(instance: Instance): void {
    const atUs = Math.min(instance.receivedRun.mustCloseUs, instance.sentRun.mustCloseUs);
    this.#deadlines.arm(instance.runsDue, atUs);
  }

  /** Tells every instance whose deadline passed long ago that this process did not run. Once for each stall. */
  #noteStalls(nowUs: number): void {
    const first = this.#deadlines.peek();
    if (first === null || nowUs - first.atUs <= STALL_FLOOR_US || first.atUs <= this.#stallsNotedUs) return;
    const stalledUs = new Map<Instance, number>();
    for (const { owner, atUs } of this.#deadlines.dueAt(nowUs)) {
      const lateUs = nowUs - atUs;
      if (owner.kind === 'runs' || lateUs <= owner.instance.stallToleranceUs(owner.kind)) continue;
      stalledUs.set(owner.instance, Math.max(lateUs, stalledUs.get(owner.instance) ?? 0));
    }
    if (stalledUs.size === 0) return;
    this.#stallsNotedUs = nowUs;
    for (const [instance, lateUs] of stalledUs)
      this.#outputs.event(instance.actor, { type: 'self.stalled', stalledUs: lateUs });
  }
}

function intervalOf(instance: Instance): number {
  return Math.max(instance.identity.advertIntervalUs, SHORTEST_INTERVAL_US);
}

/** Null without a source address. */
function packetsFor(instance: Instance, content: AdvertContent): readonly AdvertPacket[] | null {
  return instance.source === null
    ? null
    : buildAdvertPackets(instance.identity, instance.source, content.priority);
}

function isFrom(packet: Uint8Array, source: number | null): boolean {
  return (
    source !== null &&
    packet[12] === source >>> 24 &&
    packet[13] === ((source >>> 16) & 255) &&
    packet[14] === ((source >>> 8) & 255) &&
    packet[15] === (source & 255)
  );
}

function advertReceived(advert: AcceptedAdvert) {
  return { type: 'advert.received', ...advert } as const;
}
