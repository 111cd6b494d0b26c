/** What a journal says of the adverts that its node sent and heard, gathered row by row. */
import type { Effect, JournalRow, JournalRun } from '../../engine/types.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { ledOf } from '../led.ts';
import type { Hearing, Sending } from './exchange.ts';

/** Times are monotonic ones of `boot`. */
export interface Noted<T> {
  readonly boot: string;
  readonly what: T;
}

/** An effect is carried out a little after the row that asked for it. */
const CARRIED_OUT_US = 50_000;
/** A process that has just started is busy with other things. */
const START_UP_US = 2_000_000;
const START_UP_DELAY_US = 1_000_000;
const DEFAULT_INTERVAL_US = 1_000_000;

interface Speaker {
  virtualRouterId: number;
  source: string;
  everyUs: number;
  /** What is being announced now. */
  open: Omit<Sending, 'untilUs'> | null;
  startedUs: number;
  /** Monotonic time of the newest stall, and how long it was. */
  stall: { readonly atUs: number; readonly lengthUs: number } | null;
}

type Row = Pick<JournalRow, 'kind' | 'actor' | 'monoUs' | 'event' | 'effects'>;

export class Notebook {
  readonly sendings: Noted<Sending>[] = [];
  readonly hearings: Noted<Hearing>[] = [];
  readonly #speakers = new Map<string, Speaker>();
  /** Beginnings of sent runs by actor and priority, ascending: when an announcement really began. */
  readonly #begun: ReadonlyMap<string, readonly number[]>;
  #boot = '';

  /** `sent`: runs of this node, for the exact time of a first advert; may be empty. */
  constructor(sent: Iterable<JournalRun>) {
    const begun = new Map<string, number[]>();
    for (const run of sent) {
      const key = `${run.actor} ${run.priority}`;
      const known = begun.get(key);
      if (known === undefined) begun.set(key, [run.firstUs]);
      else known.push(run.firstUs);
    }
    this.#begun = begun;
  }

  /** A process begins: nothing is announced yet. */
  begin(boot: string): void {
    this.#boot = boot;
    this.#speakers.clear();
  }

  /** The context of an actor when the reading began; `isMaster`: it was announcing, since when is not known. */
  resume(actor: string, context: JsonObject, isMaster: boolean): void {
    const speaker = this.#speaker(actor, context.input);
    if (typeof context.sourceAddress === 'string') speaker.source = context.sourceAddress;
    if (!isMaster) return;
    const priority = Number(context.effectivePriority ?? (context.input as JsonObject | undefined)?.priority);
    const unknown = { fromUs: Number.NEGATIVE_INFINITY, anchorUs: null };
    const { everyUs } = speaker;
    speaker.open = { stream: streamOf(speaker), priority, ...unknown, everyUs, repeats: true };
  }

  /** A process ended, or nothing more is known of it. Without a time it may still announce. */
  end(atUs: number | null): void {
    for (const speaker of this.#speakers.values())
      this.#close(speaker, atUs === null ? Number.POSITIVE_INFINITY : atUs + CARRIED_OUT_US);
  }

  row(row: Row): void {
    const { actor, event, monoUs } = row;
    if (!actor.startsWith('vrrp/')) return;
    if (event.type === 'actor.started' || event.type === 'instance.reconfigured')
      this.#speaker(actor, event.input);
    const speaker = this.#speakers.get(actor) ?? this.#speaker(actor, undefined);
    if (event.type === 'instance.started') speaker.startedUs = monoUs;
    if (event.type === 'self.stalled') this.#stalled(speaker, monoUs, Number(event.stalledUs));
    if (event.type === 'advert.received') this.#heard(speaker, monoUs, String(event.source), event.priority);
    const led = ledOf(event);
    if (led !== null) this.#announce(speaker, led.sentUs, led.priority, led.sentUs);
    if (event.type === 'claim.withdrawn') this.#close(speaker, monoUs);
    // What has begun already is asked for by the row.
    const isAsked = ({ type, params }: Effect) => type === 'announce' && params.priority === led?.priority;
    for (const effect of row.effects) if (!isAsked(effect)) this.#effect(actor, speaker, monoUs, effect);
  }

  /** A run of adverts that were heard: the first and the last of them. */
  heardRun(run: JournalRun, boot: string): void {
    const speaker = this.#speakers.get(run.actor);
    if (run.direction !== 'received' || speaker === undefined) return;
    for (const atUs of run.count > 1 ? [run.firstUs, run.lastUs] : [run.firstUs])
      this.#heard(speaker, atUs, run.source, run.priority, boot);
  }

  #speaker(actor: string, input: unknown): Speaker {
    const known = this.#speakers.get(actor);
    const given = (input ?? {}) as JsonObject;
    const speaker: Speaker = known ?? {
      ...{ virtualRouterId: 0, source: '', everyUs: DEFAULT_INTERVAL_US, open: null },
      ...{ startedUs: Number.NEGATIVE_INFINITY, stall: null },
    };
    if (typeof given.virtualRouterId === 'number') speaker.virtualRouterId = given.virtualRouterId;
    if (typeof given.advertIntervalUs === 'number') speaker.everyUs = given.advertIntervalUs;
    if (typeof given.sourceAddress === 'string') speaker.source = given.sourceAddress;
    this.#speakers.set(actor, speaker);
    return speaker;
  }

  #heard(speaker: Speaker, atUs: number, source: string, priority: unknown, boot = this.#boot): void {
    const { stall, startedUs } = speaker;
    const startUpUs = atUs < startedUs + START_UP_US ? START_UP_DELAY_US : 0;
    const stalledUs = stall !== null && atUs - stall.atUs < stall.lengthUs + START_UP_US ? stall.lengthUs : 0;
    const stream = `${speaker.virtualRouterId}/${source}`;
    const what = { stream, priority: Number(priority), atUs, extraDelayUs: startUpUs + stalledUs };
    this.hearings.push({ boot, what });
  }

  /** After a stall the schedule begins anew, at a time that the row does not tell. */
  #stalled(speaker: Speaker, atUs: number, lengthUs: number): void {
    speaker.stall = { atUs, lengthUs };
    const { open } = speaker;
    if (open === null || open.anchorUs === null) return;
    this.#close(speaker, atUs);
    speaker.open = { ...open, fromUs: atUs - lengthUs, anchorUs: null };
  }

  #effect(actor: string, speaker: Speaker, atUs: number, { type, params }: Effect): void {
    const priority = Number(params.priority);
    switch (type) {
      case 'setSourceAddress':
        speaker.source = String(params.address);
        return;
      case 'announce':
        this.#announce(speaker, atUs, priority, this.#firstOf(actor, priority, atUs));
        return;
      case 'reviseAnnouncement':
        this.#revise(speaker, atUs, priority);
        return;
      case 'sendAdvert':
        // The advert that is announced anyway: its schedule begins anew with it.
        if (speaker.open?.priority === priority)
          this.#announce(speaker, atUs, priority, this.#firstOf(actor, priority, atUs));
        else this.#once(speaker, atUs, priority);
        return;
      case 'stopAnnouncing':
      case 'closeHeartbeat':
        this.#close(speaker, atUs + CARRIED_OUT_US);
    }
  }

  /** `anchorUs`: when the first advert left. */
  #announce(speaker: Speaker, atUs: number, priority: number, anchorUs: number): void {
    this.#close(speaker, atUs + CARRIED_OUT_US);
    const { everyUs } = speaker;
    speaker.open = {
      stream: streamOf(speaker),
      priority,
      fromUs: anchorUs,
      anchorUs,
      everyUs,
      repeats: true,
    };
  }

  /** When an announcement really began, if a run says so; else the time of the row, which is a little before. */
  #firstOf(actor: string, priority: number, atUs: number): number {
    const begun = this.#begun.get(`${actor} ${priority}`) ?? [];
    let [low, high] = [0, begun.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((begun[middle] ?? 0) < atUs) low = middle + 1;
      else high = middle;
    }
    const firstUs = begun[low];
    return firstUs !== undefined && firstUs - atUs < CARRIED_OUT_US / 10 ? firstUs : atUs;
  }

  #revise(speaker: Speaker, atUs: number, priority: number): void {
    const { open, everyUs } = speaker;
    if (open === null || open.priority === priority) return;
    const { anchorUs } = open;
    this.#close(speaker, atUs + everyUs);
    const sinceUs = anchorUs === null ? null : anchorUs + Math.floor((atUs - anchorUs) / everyUs) * everyUs;
    speaker.open = { ...open, priority, fromUs: sinceUs ?? atUs, anchorUs: sinceUs };
  }

  #once(speaker: Speaker, atUs: number, priority: number): void {
    const { everyUs } = speaker;
    const what = { stream: streamOf(speaker), priority, fromUs: atUs, untilUs: atUs + CARRIED_OUT_US };
    this.sendings.push({ boot: this.#boot, what: { ...what, anchorUs: atUs, everyUs, repeats: false } });
  }

  #close(speaker: Speaker, untilUs: number): void {
    const { open } = speaker;
    speaker.open = null;
    if (open !== null) this.sendings.push({ boot: this.#boot, what: { ...open, untilUs } });
  }
}

function streamOf({ virtualRouterId, source }: Speaker): string {
  return `${virtualRouterId}/${source}`;
}
