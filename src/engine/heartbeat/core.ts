/**
 * The heartbeat service without any input or output of its own: given the time and the packets, it says what to send,
 * what changed and when it wants to be called again. The drivers (real sockets, simulated LAN) hold the clock.
 */
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { formatIpBytes } from '../../protocol/ip.ts';
import { packetFamily, sourceOffset } from '../../protocol/ip-packet.ts';
import type { AcceptedAdvert, Refusal } from '../../protocol/vrrp-judgement.ts';
import type { HeartbeatStatus } from '../heartbeat.ts';
import type { ActorId } from '../types.ts';
import type { AdvertPacket } from './advert-packets.ts';
import { declareFirst, isAnswered, nextAfter } from './first-advert.ts';
import { comparesAddresses, Instance, intervalOf, isSameAwaited } from './instance.ts';
import { InstanceTable, type InterfaceCounters } from './instance-table.ts';
import { Outbox } from './outbox.ts';
import type { HeartbeatOutputs, LedSilence } from './outputs.ts';
import { Pace } from './pace.ts';
import type { LeaseLoss } from './repetition.ts';
import { type AdvertDigests, NO_DIGESTS } from './signer.ts';
import { StallNotes } from './stall-notes.ts';

const NO_INTERFACES: readonly string[] = [];

/**
 * Semantics are those of HeartbeatPort. Times: `nowUs` monotonic, `wallUs` Unix, integers in microseconds.
 * A driver's turn is: `wantsDrain(now)`, read those sockets empty into `packetReceived`, then `due(now)`.
 * Calls for an actor that is not open do nothing: its effects may still be on their way when it is closed.
 * `event` and `run` may be called back from within any of these, and may call into the core again.
 */
export class HeartbeatCore {
  readonly #outputs: HeartbeatOutputs;
  readonly #digests: AdvertDigests;
  readonly #instances: InstanceTable;
  readonly #pace = new Pace();
  readonly #outbox: Outbox;
  readonly #stalls: StallNotes;

  /** `digests` has the secrets of instances with authentication. */
  constructor(outputs: HeartbeatOutputs, digests: AdvertDigests = NO_DIGESTS) {
    this.#outputs = outputs;
    this.#outbox = new Outbox(outputs, this.#pace);
    this.#digests = digests;
    this.#instances = new InstanceTable((stranger) => outputs.stranger?.(stranger));
    this.#stalls = new StallNotes(this.#pace, (actor, stalledUs) => this.stalled(actor, stalledUs));
  }

  /**
   * An actor that is open neither announces nor watches any more; its counters go on. The time, as that of `close`, is
   * needed for what somebody repeats for it.
   */
  open(actor: ActorId, identity: WireIdentity, wallUs = 0): void {
    const former = this.#instances.get(actor);
    this.close(actor, wallUs);
    const emitRun: HeartbeatOutputs['run'] = (run) => this.#outputs.run(run);
    const repetition = () => this.#outputs.repetitionOf?.(actor, identity) ?? null;
    const instance = new Instance(actor, identity, { digests: this.#digests, former, emitRun, repetition });
    this.#instances.add(instance);
    // Which of them a packet is for is another question from now on.
    for (const other of this.#instances.sharing(instance)) this.#pace.takeBack(other);
  }

  close(actor: ActorId, wallUs = 0): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    const sentUs = this.#outbox.takeUp(instance);
    if (sentUs !== null) this.#outbox.withdraw(instance, sentUs, wallUs);
    this.#outbox.collect(instance);
    this.#instances.remove(instance);
    this.#pace.close(instance);
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
    this.#pace.takeBack(instance);
    this.#outbox.buildAnew(instance);
  }

  /** The digests have other secrets from now on: what was built or accepted with the former ones is forgotten. */
  secretsChanged(): void {
    for (const instance of this.#instances.all()) {
      instance.forgetPackets();
      this.#pace.takeBack(instance);
      this.#outbox.buildAnew(instance);
    }
  }

  announce(actor: ActorId, content: AdvertContent, nowUs: number, wallUs: number): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    if (instance.announced === null) instance.toldFaults.clear();
    this.#outbox.collect(instance);
    const { left } = instance;
    instance.left = null;
    if (left !== null && isAnswered(instance, left, content, nowUs)) {
      instance.announced = content;
      instance.packets = instance.packetsFor(content);
      this.#pace.armRuns(instance);
      this.#pace.announce(instance, nextAfter(instance, left, nowUs));
      return;
    }
    if (instance.announced?.priority !== content.priority)
      this.#outbox.prepare(instance, content, left?.priority === content.priority ? left.sentUs : null);
    this.#outbox.sendAnnounced(instance, nowUs, wallUs);
    this.#pace.announce(instance, nowUs + intervalOf(instance));
  }

  /** The schedule stays as it is. */
  revise(actor: ActorId, content: AdvertContent): void {
    const instance = this.#instances.get(actor);
    if (instance === null || instance.announced === null) return;
    if (instance.announced.priority !== content.priority) this.#outbox.prepare(instance, content);
  }

  stopAnnouncing(actor: ActorId): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    this.#pace.stopAnnouncing(instance);
    this.#outbox.collect(instance);
    instance.announced = null;
    instance.packets = null;
    instance.toldFaults.clear();
    instance.sentRun.end();
    this.#pace.armRuns(instance);
  }

  /** The advert that is announced anyway counts as one of the schedule, which begins anew with it. */
  sendOnce(actor: ActorId, content: AdvertContent, nowUs: number, wallUs: number): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    this.#outbox.collect(instance);
    if (instance.announced?.priority === content.priority) {
      this.#outbox.sendAnnounced(instance, nowUs, wallUs);
      this.#pace.announce(instance, nowUs + intervalOf(instance));
    } else {
      this.#outbox.send(instance, instance.packetsFor(content), content.priority, wallUs);
    }
  }

  /** Its adverts of priority 0 as they would leave now; null: there are none, or each has to prove its sender anew. */
  goodbyes(actor: ActorId): readonly AdvertPacket[] | null {
    return this.#instances.get(actor)?.goodbyes() ?? null;
  }

  /** `first`: what is announced if there is silence; null: the statechart has to be asked before. */
  watch(
    actor: ActorId,
    awaited: AwaitedAdvert | null,
    allowedUs: number,
    expectedIntervalUs: number,
    nowUs: number,
    first: AdvertContent | null = null,
  ): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    this.#outbox.collect(instance);
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
      else instance.receivedRun.begin(awaited.source, awaited.priority, heardUs, nowUs);
      this.#pace.takeBack(instance);
      this.#pace.armRuns(instance);
    }
    instance.left = null;
    declareFirst(instance, first);
    this.#pace.watch(instance, nowUs + allowedUs);
  }

  /** Nothing if no deadline runs. It may be over at once: then the next `due` reports the silence. */
  adjustWatch(
    actor: ActorId,
    awaited: AwaitedAdvert | null,
    allowedUs: number,
    nowUs: number,
    first: AdvertContent | null = null,
  ): void {
    const instance = this.#instances.get(actor);
    if (instance === null || !instance.watching || !instance.awaitsSilence) return;
    declareFirst(instance, first);
    this.#pace.adjust(instance, allowedUs);
    if (isSameAwaited(instance.awaited, awaited)) return;
    this.#pace.takeBack(instance);
    this.#outbox.collect(instance);
    instance.awaited = awaited;
    if (awaited === null) instance.receivedRun.end();
    else instance.receivedRun.begin(awaited.source, awaited.priority, null, nowUs);
    this.#pace.armRuns(instance);
  }

  stopWatching(actor: ActorId): void {
    const instance = this.#instances.get(actor);
    if (instance === null) return;
    instance.watching = false;
    this.#endWatch(instance);
  }

  /**
   * A whole IP packet from a socket of this interface. The bytes may be reused after the call returns. Never throws,
   * whatever they are. Our own packets and those for an instance that neither announces nor watches are not counted.
   * `nowUs`, `wallUs`: when it came; `readUs`: when it is read.
   */
  packetReceived(
    packet: Uint8Array,
    interfaceName: string,
    nowUs: number,
    wallUs: number,
    readUs = nowUs,
  ): void {
    this.#stalls.note(nowUs);
    const instance = this.#instances.find(packet, interfaceName);
    if (instance === null || !instance.listening || instance.isOwn(packet)) return;
    const judgement = instance.judge(packet, wallUs);
    if (!judgement.ok) {
      this.#refused(instance, packet, judgement);
      return;
    }
    const { advert } = judgement;
    const sameSender = instance.lastAdvert?.source === advert.source;
    if (!sameSender) instance.toldFaults.clear();
    if (instance.takeChecksumChange()) this.#outbox.buildAnew(instance);
    instance.received++;
    instance.listDiffers = judgement.addressListDiffers;
    if (instance.listDiffers && comparesAddresses(instance, advert, sameSender))
      instance.errors.addressList++;
    if (advert.priority === 0) instance.priorityZeroReceived++;
    const awaited = instance.isAwaited(advert);
    if (!awaited) this.#pace.takeBack(instance);
    instance.lastAdvert = advert;
    instance.lastAdvertUs = Math.max(instance.lastAdvertUs, nowUs);
    if (awaited) this.#heardAgain(instance, nowUs, wallUs);
    else {
      this.#stalls.noteReading(instance, nowUs, readUs);
      this.#outputs.event(instance.actor, advertReceived(advert));
    }
  }

  /** Counted each time, told once: a flood of them is no flood of events. */
  #refused(instance: Instance, packet: Uint8Array, { error, detail }: Refusal): void {
    instance.errors[error]++;
    if (instance.toldFaults.has(error)) return;
    instance.toldFaults.add(error);
    const family = packetFamily(packet);
    const source = formatIpBytes(packet, sourceOffset(family), family);
    this.#outputs.event(instance.actor, { type: 'advert.refused', fault: error, source, detail });
  }

  /** When `due` wants to be called, null if nothing is planned. */
  nextDueUs(): number | null {
    return this.#pace.peek()?.atUs ?? null;
  }

  /**
   * Interfaces whose sockets must be read empty before `due`: a master there is about to be called silent, and its
   * adverts may be waiting. Reports stalls of this process first, so that they precede what was waiting.
   */
  wantsDrain(nowUs: number): readonly string[] {
    this.#stalls.note(nowUs);
    const first = this.#pace.peek();
    if (first === null || first.atUs > nowUs) return NO_INTERFACES;
    const interfaces = new Set<string>();
    for (const { owner } of this.#pace.dueAt(nowUs))
      if (owner.kind === 'silence') interfaces.add(owner.instance.channel);
    return interfaces.size === 0 ? NO_INTERFACES : [...interfaces];
  }

  /** Does what is due. What only becomes due meanwhile waits for the next call, so that no listener can hold it here. */
  due(nowUs: number, wallUs: number): void {
    this.#stalls.note(nowUs);
    for (let left = this.#pace.size; left > 0; left--) {
      const first = this.#pace.peek();
      if (first === null || first.atUs > nowUs) return;
      const { instance, kind } = first.owner;
      if (kind === 'advert') this.#advertDue(instance, nowUs, wallUs);
      else if (kind === 'silence') this.#silent(instance, first.atUs, nowUs);
      else this.#runsDue(instance, nowUs);
    }
  }

  /** Whoever repeats found silence: the deadline passed, and the socket was empty. It may have been broken meanwhile. */
  silenceFound(actor: ActorId, generation: number, deadlineUs: number, nowUs: number): void {
    const instance = this.#instances.get(actor);
    if (instance === null || instance.repetition === null) return;
    if (instance.repetition.confirmSilence(generation)) this.#silent(instance, deadlineUs, nowUs);
    // It went unnoticed, for which only this process accounts.
    else if (nowUs - deadlineUs > instance.stallToleranceUs('silence'))
      this.stalled(actor, nowUs - deadlineUs);
  }

  /**
   * Whoever repeats found silence and has sent the first advert, so that nothing can break this silence. A statechart that is
   * elsewhere by now, or does not ask for that advert, takes it back with priority 0.
   */
  led(actor: ActorId, { deadlineUs, sentUs }: LedSilence, nowUs: number, wallUs: number): void {
    const instance = this.#instances.get(actor);
    const first = instance?.first ?? null;
    if (instance === null || this.#outbox.takeUp(instance) === null || first === null) return;
    if (!instance.watching) {
      this.#outbox.withdraw(instance, sentUs, wallUs);
      return;
    }
    instance.left = { ...first, sentUs };
    this.#outputs.announced?.(actor, sentUs);
    this.#silent(instance, deadlineUs, nowUs, { priority: first.priority, sentUs });
    if (instance.left !== null && this.#outputs.isBusy?.() !== true)
      this.#outbox.withdraw(instance, sentUs, wallUs);
  }

  /** Whoever repeats did not run when it should have. */
  stalled(actor: ActorId, stalledUs: number): void {
    if (this.#instances.get(actor) !== null) this.#outputs.event(actor, { type: 'self.stalled', stalledUs });
  }

  /** Whoever repeats has given up what the instance announced. Nothing if that is an old story. */
  leaseLost(actor: ActorId, { leaseUs, resigned, atUs, atWallUs }: LeaseLoss, nowUs: number): void {
    const instance = this.#instances.get(actor);
    if (instance === null || instance.announced === null || instance.repetition?.isAnnouncing !== false)
      return;
    this.stopAnnouncing(actor);
    if (resigned) {
      instance.sent++;
      instance.priorityZeroSent++;
      instance.lastSentWallUs = atWallUs;
    }
    this.#outputs.event(actor, { type: 'self.leaseLost', leaseUs, lateUs: nowUs - atUs, resigned });
  }

  /** Whoever repeats cannot send a packet, the one of this index, or can send all of them again. */
  sendingFailed(actor: ActorId, packet: number, error: string): void {
    const instance = this.#instances.get(actor);
    const destination = instance?.packets?.[packet]?.destination;
    if (instance !== null && destination !== undefined)
      this.#outbox.noteSending(instance, `${destination}: ${error}`);
  }

  sendingRecovered(actor: ActorId): void {
    const instance = this.#instances.get(actor);
    if (instance !== null && instance.announced !== null) this.#outbox.noteSending(instance, null);
  }

  status(actor: ActorId): HeartbeatStatus | null {
    const instance = this.#instances.get(actor);
    if (instance === null) return null;
    this.#outbox.collect(instance);
    return instance.status();
  }

  interfaceCounters(interfaceName: string): InterfaceCounters {
    return this.#instances.interfaceCounters(interfaceName);
  }

  #heardAgain(instance: Instance, nowUs: number, wallUs: number): void {
    this.#outbox.collect(instance);
    instance.silentSinceUs = Math.max(instance.silentSinceUs, nowUs);
    this.#pace.heard(instance, nowUs);
    if (this.#instances.sharing(instance).length === 1) this.#pace.handOver(instance);
    if (instance.receivedRun.add(nowUs, wallUs)) this.#pace.armRuns(instance);
  }

  /** The schedule is absolute, so lateness does not add up; after a stall it begins anew instead of catching up. */
  #advertDue(instance: Instance, nowUs: number, wallUs: number): void {
    const plannedUs = instance.advertDue.atUs;
    const stalled = nowUs - plannedUs > instance.stallToleranceUs('advert');
    this.#outbox.sendAnnounced(instance, nowUs, wallUs);
    this.#pace.announce(instance, (stalled ? nowUs : plannedUs) + intervalOf(instance));
  }

  #silent(
    instance: Instance,
    deadlineUs: number,
    nowUs: number,
    announced?: { readonly priority: number; readonly sentUs: number },
  ): void {
    const lateUs = nowUs - deadlineUs;
    this.#outbox.collect(instance);
    const silentUs = nowUs - instance.silentSinceUs;
    const { allowedUs, expectedIntervalUs } = instance;
    const missedAdverts = expectedIntervalUs > 0 ? Math.floor(silentUs / expectedIntervalUs) : 0;
    this.#endWatch(instance);
    instance.first = null;
    this.#outputs.event(instance.actor, {
      type: 'master.silent',
      silentUs,
      allowedUs,
      missedAdverts,
      lateUs,
      ...(announced === undefined ? {} : { announced }),
    });
  }

  /** Nothing is awaited any more. After a silence the instance still listens: the machine has not spoken yet. */
  #endWatch(instance: Instance): void {
    this.#pace.stopWatching(instance);
    this.#outbox.collect(instance);
    instance.awaited = null;
    instance.receivedRun.end();
    this.#pace.armRuns(instance);
  }

  #runsDue(instance: Instance, nowUs: number): void {
    this.#outbox.collect(instance);
    instance.collectedUs = nowUs;
    this.#pace.rollRuns(instance, nowUs);
  }
}

function advertReceived(advert: AcceptedAdvert) {
  return { type: 'advert.received', ...advert } as const;
}
