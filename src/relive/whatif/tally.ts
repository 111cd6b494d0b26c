/** Figures of many instances of one journal, counted as they come: a month has too many changes to keep them. Pure. */
import type { RoleChange } from './chronicle.ts';
import type { Figures } from './compare.ts';

interface Count {
  failovers: number;
  takeOvers: number;
  falseTakeOvers: number;
  readonly detectionUs: number[];
  nobodyUs: number;
  unknownUs: number;
  /** Since it lost mastership to nobody that is known. */
  lostUs: number | null;
}

export class Tally {
  readonly #counts = new Map<string, Count>();

  take({ actor, atUs, role, silentUs, followed, isPreemption }: RoleChange): void {
    const count = this.#of(actor);
    if (role === 'fault' || role === 'gone' || role === 'initialize') count.lostUs ??= atUs;
    else {
      if (role === 'master') {
        if (silentUs !== null) count.nobodyUs += silentUs;
        else if (count.lostUs !== null) count.unknownUs += atUs - count.lostUs;
        if (silentUs !== null || isPreemption) count.failovers += 1;
        if (silentUs !== null && followed !== null) {
          count.takeOvers += 1;
          count.detectionUs.push(silentUs);
        }
      }
      count.lostUs = null;
    }
  }

  takeFalse({ actor }: RoleChange): void {
    this.#of(actor).falseTakeOvers += 1;
  }

  /** Of all instances but these. */
  figures(without: ReadonlySet<string>, endUs: number): Figures {
    const total = { failovers: 0, takeOvers: 0, falseTakeOvers: 0, nobodyUs: 0, twoUs: 0, unknownUs: 0 };
    const detectionUs: number[] = [];
    for (const [actor, count] of this.#counts) {
      if (without.has(actor)) continue;
      total.failovers += count.failovers;
      total.takeOvers += count.takeOvers;
      total.falseTakeOvers += count.falseTakeOvers;
      total.nobodyUs += count.nobodyUs;
      total.unknownUs += count.unknownUs + (count.lostUs === null ? 0 : endUs - count.lostUs);
      for (const us of count.detectionUs) detectionUs.push(us);
    }
    return { ...total, detectionUs: detectionUs.sort((a, b) => a - b) };
  }

  #of(actor: string): Count {
    const known = this.#counts.get(actor);
    if (known !== undefined) return known;
    const made: Count = {
      ...{ failovers: 0, takeOvers: 0, falseTakeOvers: 0, nobodyUs: 0, unknownUs: 0, lostUs: null },
      detectionUs: [],
    };
    this.#counts.set(actor, made);
    return made;
  }
}
