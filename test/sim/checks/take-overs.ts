/**
 * Nobody takes over too early: whoever becomes master had not heard the master that it has to respect for an
 * Active_Down_Interval, or heard it resign a skew ago. What was heard is seen on the wire, not in the statechart.
 */
import type { JournalRow } from '../../../src/engine/types.ts';
import type { InstanceSpec, Lan } from '../story/model.ts';
import type { Host } from '../world/host.ts';
import type { Life } from '../world/life.ts';
import type { Spectator, World } from '../world/world.ts';
import { downUs, intervalUs, skewUs } from './bounds.ts';
import { actorOf, groupOf } from './truth.ts';
import { protocolPath } from './views.ts';
import type { Violations } from './violations.ts';

/** What a backup has heard since it is one. Times by the router's own clock. */
interface Ear {
  readonly version: 2 | 3;
  path: string;
  /** Since when it is on this path. */
  sinceUs: number;
  heardUs: number;
  priority: number;
  intervalUs: number;
  /** First advert of a lower priority without one of a higher in between: from there preempt_delay counts. */
  lowerSinceUs: number;
  effectivePriority: number;
  /** What it was when the last advert was heard: that decided whether it had to be respected. */
  ownWhenHeard: number;
}

/** Rounding of the skew. */
const SLACK_US = 2;

export class TakeOvers implements Spectator {
  readonly #violations: Violations;
  readonly #ears = new Map<string, Ear>();
  /** The same for packets, which come by the thousand: by life, LAN, family and VRID. */
  readonly #byPlace = new WeakMap<Life, Map<number, Ear>>();

  constructor(_world: World, violations: Violations) {
    this.#violations = violations;
  }

  sent(): void {}
  stepped(): void {}
  befell(): void {}

  heard(host: Host, lan: Lan, packet: Uint8Array, nowUs: number): void {
    const { life } = host;
    if (life === null) return;
    const isIpv4 = (packet[0] ?? 0) >>> 4 === 4;
    const start = isIpv4 ? 20 : 40;
    const ear = this.#byPlace.get(life)?.get(placeOf(lan, isIpv4, packet[start + 1] ?? 0));
    if (ear === undefined || packet[isIpv4 ? 15 : 23] === host.number) return;
    const priority = packet[start + 2] ?? 0;
    const isLower = priority < ear.effectivePriority;
    if (!isLower) ear.lowerSinceUs = Number.POSITIVE_INFINITY;
    else if (ear.lowerSinceUs === Number.POSITIVE_INFINITY) ear.lowerSinceUs = nowUs;
    ear.heardUs = Math.max(ear.heardUs, nowUs);
    ear.ownWhenHeard = ear.effectivePriority;
    ear.priority = priority;
    // Version 3 says its interval in centiseconds (RFC 9568 section 5.2.7).
    if (ear.version === 3)
      ear.intervalUs = ((((packet[start + 4] ?? 0) & 15) << 8) | (packet[start + 5] ?? 0)) * 10_000;
  }

  row(host: Host, row: JournalRow): void {
    const { actor, state, delta, event, monoUs } = row;
    if (!actor.startsWith('vrrp/') || state === null) return;
    const key = keyOf(host, actor);
    const ear = this.#ears.get(key) ?? this.#begin(host, actor);
    if (ear === null) return;
    this.#ears.set(key, ear);
    const path = protocolPath(state);
    if (path === 'master' && ear.path.startsWith('backup.')) this.#judge(host, row, ear);
    if (typeof delta.effectivePriority === 'number') ear.effectivePriority = delta.effectivePriority;
    const isAnew = path === 'backup.skewing' && event.type === 'advert.received' && event.priority === 0;
    if (path === ear.path && !isAnew) return;
    const wasBackup = ear.path.startsWith('backup.');
    ear.path = path;
    ear.sinceUs = monoUs;
    // The advert that made it a backup counts.
    if (!wasBackup) ear.lowerSinceUs = Number.POSITIVE_INFINITY;
    if (!wasBackup && event.type !== 'advert.received') ear.heardUs = Number.NEGATIVE_INFINITY;
  }

  /** Null: an instance that the configuration does not have any more, or not yet. */
  #begin({ life }: Host, actor: string): Ear | null {
    const instance = life?.config.instances.find((each) => actorOf(each) === actor);
    if (life === null || instance === undefined) return null;
    const ear = newEar(instance);
    const places = this.#byPlace.get(life) ?? new Map<number, Ear>();
    this.#byPlace.set(
      life,
      places.set(placeOf(instance.lan, instance.family === 'inet', instance.vrid), ear),
    );
    return ear;
  }

  #judge(host: Host, { actor, event, monoUs }: JournalRow, ear: Ear): void {
    const { life } = host;
    const instance = life?.config.instances.find((each) => actorOf(each) === actor);
    if (life === null || instance === undefined || event.type !== 'master.silent') return;
    if (groupOf(life.config, instance.name) !== null) return;
    // After a stall time is counted from what was read then, after a reload as its configuration says.
    const disturbedUs = Math.max(life.resumedUs, life.reloadedUs);
    if (
      life.isPaused ||
      monoUs - disturbedUs < 2 * downUs(instance, 1, Math.max(ear.intervalUs, intervalUs(instance)))
    )
      return;
    const heard = ear.heardUs >= ear.sinceUs ? ear : null;
    const masterUs = instance.version === 2 ? intervalUs(instance) : (heard?.intervalUs ?? ear.intervalUs);
    const wants = this.#patience(instance, ear, heard, masterUs || intervalUs(instance), monoUs);
    // A delay that had begun before a reload may be that of the configuration before.
    if (wants === null || (wants.byDelay && life.reloadedUs >= wants.sinceUs)) return;
    const waitedUs = monoUs - wants.sinceUs;
    if (waitedUs >= wants.waitUs - SLACK_US) return;
    const text = `is master ${waitedUs} us after ${wants.what}; it had to wait ${Math.round(wants.waitUs)} us`;
    this.#violations.add('waits for silence', `${host.name} ${actor}`, text);
  }

  /** Null: nothing that can be told from here. */
  #patience(instance: InstanceSpec, ear: Ear, heard: Ear | null, masterUs: number, nowUs: number) {
    const { effectivePriority: own } = ear;
    if (ear.path === 'backup.skewing') {
      const waitUs = skewUs(instance.version, own, masterUs);
      return { what: 'a resignation', sinceUs: ear.sinceUs, waitUs, byDelay: false };
    }
    if (ear.path !== 'backup.listening') return null;
    if (heard === null) {
      const waitUs = downUs(instance, own, masterUs);
      return { what: 'it began to listen', sinceUs: ear.sinceUs, waitUs, byDelay: false };
    }
    // The time that runs was armed with the priority of then.
    const down = downUs(instance, Math.max(own, heard.ownWhenHeard), masterUs);
    if (instance.nopreempt || heard.priority >= heard.ownWhenHeard) {
      const what = `an advert of priority ${heard.priority}`;
      return { what, sinceUs: heard.heardUs, waitUs: down, byDelay: false };
    }
    const delayUs = (instance.preemptDelayS ?? 0) * 1_000_000;
    if (delayUs === 0 || nowUs - heard.heardUs >= down - SLACK_US) return null;
    const what = 'the first advert of a lower priority';
    return { what, sinceUs: heard.lowerSinceUs, waitUs: delayUs, byDelay: true };
  }
}

function newEar(instance: InstanceSpec): Ear {
  return {
    ...{ version: instance.version, intervalUs: intervalUs(instance) },
    ...{ path: '', sinceUs: 0, heardUs: Number.NEGATIVE_INFINITY, priority: 0 },
    ...{ lowerSinceUs: Number.POSITIVE_INFINITY, effectivePriority: 0, ownWhenHeard: 0 },
  };
}

function keyOf(host: Host, actor: string): string {
  return `${host.name}#${host.lives.length} ${actor}`;
}

function placeOf(lan: Lan, isIpv4: boolean, vrid: number): number {
  return vrid + (isIpv4 ? 0 : 256) + lan * 512;
}
