/** Gathers an explanation: steps, what is missing, what would have helped, what is not known. */
import type { StoredRow } from '../../journal/model.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { formatDuration } from '../time.ts';
import { actorName, changeInWords, effectsInWords, eventInWords, protocolPath } from '../words.ts';
import {
  type Change,
  type Culprit,
  type Explanation,
  type KnownContext,
  knownContext,
  type Step,
  type Verdict,
  type Witness,
} from './model.ts';
import type { PriorityChange } from './priority.ts';

/** Effects worth a word in a chain of causes. */
const TOLD_EFFECTS = new Set(['announce', 'sendAdvert', 'addVips', 'removeVips', 'sendGratuitousArps']);

/** `master.silent` of a row, or zeros. */
export interface Silence {
  readonly silentUs: number;
  readonly allowedUs: number;
  readonly missedAdverts: number;
  readonly lateUs: number;
}

export function silenceOf({ event }: StoredRow): Silence {
  const read = (key: string): number => Number(event[key] ?? 0);
  return {
    silentUs: read('silentUs'),
    allowedUs: read('allowedUs'),
    missedAdverts: read('missedAdverts'),
    lateUs: read('lateUs'),
  };
}

export class Telling {
  readonly change: Change;
  readonly self: Witness;
  readonly witnesses: readonly Witness[];
  readonly #chain: Step[] = [];
  readonly missing: string[] = [];
  readonly prevention: string[] = [];
  readonly unknown: string[] = [];
  #culprit: Culprit = { node: null, what: null };

  constructor(change: Change, witnesses: readonly Witness[]) {
    this.change = change;
    this.self = change.witness;
    this.witnesses = witnesses;
  }

  /** Context of an actor after a row of this node. */
  stateAfter(row: StoredRow): JsonObject {
    return this.self.reader.stateAt(row.actor, row.seq)?.context ?? {};
  }

  /** The steps of a change of priority, down to what was found. */
  priority(witness: Witness, { row, before, after }: PriorityChange): void {
    this.causes(witness, row);
    const isRoot = row.cause === null;
    const text = `${this.#who(row)}${eventInWords(row.event)}: priority ${before} -> ${after}`;
    this.step(witness.name, row.seq, row.wallUs, text, isRoot);
  }

  /** Whose row it is, where that is not the actor that is spoken of. */
  #who({ actor, kind }: StoredRow): string {
    return kind === 'note' || actor === this.change.actor ? '' : `${actorName(actor)}: `;
  }

  /** Says where it began. */
  blame(node: string | null, what: string | null = null): void {
    this.#culprit = { node, what };
  }

  /** What the actor knew just before a row. */
  contextBefore(row: StoredRow): KnownContext {
    return knownContext(row.actor, this.self.reader.stateAt(row.actor, row.seq - 1)?.context ?? {});
  }

  step(node: string, seq: number | null, wallUs: number | null, text: string, isRoot = false): void {
    this.#chain.push({ node, seq, wallUs, text, isRoot });
  }

  /** A row as a step: what reached the actor, what became of it, what it did. */
  row(witness: Witness, row: StoredRow, before: Json | null): void {
    const isChanged =
      before !== null && row.state !== null && protocolPath(before) !== protocolPath(row.state);
    const change = isChanged
      ? `: ${changeInWords({ protocol: protocolPath(before) }, { protocol: protocolPath(row.state) })}`
      : '';
    const told = effectsInWords(row.effects.filter(({ type }) => TOLD_EFFECTS.has(type)));
    const text = `${this.#who(row)}${eventInWords(row.event)}${change}${told === '' ? '' : `; ${told}`}`;
    this.step(witness.name, row.seq, row.wallUs, text, row.cause === null);
  }

  /** The recorded causes of a row, oldest first, down to an input from outside. */
  causes(witness: Witness, row: StoredRow): void {
    const found: StoredRow[] = [];
    for (let cause = row.cause; cause !== null && found.length < 6; ) {
      const earlier = witness.reader.row(cause);
      if (earlier === null) break;
      found.push(earlier);
      cause = earlier.cause;
    }
    for (const earlier of found.reverse()) {
      this.row(
        witness,
        earlier,
        earlier.kind === 'note' ? null : witness.reader.stateBefore(earlier.actor, earlier.seq),
      );
    }
  }

  /** When the addresses were really held after a gain of mastership. */
  held(row: StoredRow): void {
    for (const later of this.self.reader.rows({
      fromSeq: row.seq + 1,
      toSeq: row.seq + 50,
      actor: row.actor,
    })) {
      const { type } = later.event;
      if (type !== 'vips.added' && type !== 'vips.addFailed') continue;
      const delay = formatDuration(later.monoUs - row.monoUs);
      this.step(this.self.name, later.seq, later.wallUs, `${eventInWords(later.event)} after ${delay}`);
      return;
    }
  }

  /** Gaps of any journal in the time that matters, and what old parts of them have no more. */
  gaps(fromWallUs: number, toWallUs: number): void {
    for (const { name, reader } of this.witnesses) {
      for (const gap of reader.gaps()) {
        if (gap.toWallUs < fromWallUs || gap.fromWallUs > toWallUs || gap.lostRows + gap.lostRuns === 0)
          continue;
        this.unknown.push(
          `${name}'s journal lost ${gap.lostRows} rows and ${gap.lostRuns} runs then: ${gap.reason}`,
        );
      }
      if (reader.thinned(fromWallUs, toWallUs).length > 0)
        this.unknown.push(`when adverts came and left ${name} then: its journal of that time was thinned`);
    }
  }

  done(verdict: Verdict, sentence: string): Explanation {
    const { change } = this;
    return {
      verdict,
      sentence,
      culprit: this.#culprit,
      node: this.self.name,
      actor: change.actor,
      seq: change.kind === 'row' ? change.row.seq : null,
      wallUs: change.wallUs,
      chain: this.#ordered(),
      missing: this.missing,
      prevention: this.prevention,
      unknown: this.unknown,
    };
  }

  /** By time; a step without one stays behind the step it was told after. Of several inputs the one told first began it. */
  #ordered(): Step[] {
    const root = this.#chain.findIndex(({ isRoot }) => isRoot);
    let lastUs = 0;
    const timed = this.#chain.map((step, i) => {
      lastUs = step.wallUs ?? lastUs;
      return { at: lastUs, step: { ...step, isRoot: i === root } };
    });
    return timed.sort((a, b) => a.at - b.at).map(({ step }) => step);
  }
}
