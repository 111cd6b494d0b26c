/** The adverts of one instance, from its effects and runs, made by the daemon's own code. */
import { stampIdentification } from '../../engine/heartbeat/advert-packets.ts';
import { Instance } from '../../engine/heartbeat/instance.ts';
import type { AdvertDigests } from '../../engine/heartbeat/signer.ts';
import type { Effect } from '../../engine/types.ts';
import type { StoredRow, StoredRun } from '../../journal/model.ts';
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { writeIpv4HeaderChecksum } from '../../protocol/ipv4-header.ts';
import { ledOf } from '../led.ts';
import type { Output } from './model.ts';

type Item =
  | { readonly at: number; readonly row: StoredRow; readonly effect: Effect | null }
  | { readonly at: number; readonly run: StoredRun };

const KINDS: ReadonlySet<string> = new Set([
  ...['openHeartbeat', 'closeHeartbeat', 'setSourceAddress'],
  ...['announce', 'reviseAnnouncement', 'stopAnnouncing', 'sendAdvert'],
]);

export interface SendTerms {
  readonly digests: AdvertDigests;
  /** Takes what the journal does not tell. */
  readonly unknown: Set<string>;
  /** Whether the interface had no carrier at that time, CLOCK_MONOTONIC, as far as rows tell. */
  readonly isDown: (interfaceName: string, atUs: number) => boolean;
}

/** Rows and runs of one process start, put in order of time. */
export class AdvertHistory {
  readonly actor: string;
  readonly #items: Item[] = [];

  constructor(actor: string) {
    this.actor = actor;
  }

  row(row: StoredRow): void {
    if (row.event.type.startsWith('adverts.send')) this.#items.push({ at: row.monoUs, row, effect: null });
    if (row.event.type === 'self.leaseLost' && row.event.resigned === true) this.#resigned(row);
    this.#led(row);
    for (const effect of row.effects)
      if (KINDS.has(effect.type)) this.#items.push({ at: row.monoUs, row, effect });
  }

  /** It left before the row that asks for it, or that takes it back. */
  #led(row: StoredRow): void {
    const led = ledOf(row.event);
    if (led === null) return;
    const { priority, sentUs } = led;
    this.#items.push({ at: sentUs, row, effect: { type: 'announce', params: { priority } } });
    if (row.event.type !== 'claim.withdrawn') return;
    this.#items.push({ at: row.monoUs, row, effect: { type: 'stopAnnouncing', params: {} } });
    if (row.event.resigned === true)
      this.#items.push({ at: row.monoUs, row, effect: { type: 'sendAdvert', params: { priority: 0 } } });
  }

  /** Nobody asked for that priority 0: the statecharts did not run then. */
  #resigned(row: StoredRow): void {
    const lateUs = Number(row.event.lateUs);
    const then = { ...row, monoUs: row.monoUs - lateUs, wallUs: row.wallUs - lateUs };
    const effect = { type: 'sendAdvert', params: { priority: 0 } };
    this.#items.push({ at: then.monoUs, row: then, effect });
  }

  run(run: StoredRun): void {
    if (run.direction === 'sent') this.#items.push({ at: run.firstUs, run });
  }

  /** In the order in which they left, as far as the journal tells. Unknown facts go to `unknown`. */
  *outputs({ digests, unknown, isDown }: SendTerms): Generator<Output> {
    // A row comes before the adverts that it asked for; sort keeps the order of equals.
    const items = this.#items.map((item, index) => ({ item, index }));
    items.sort(
      (a, b) =>
        a.item.at - b.item.at || Number('run' in a.item) - Number('run' in b.item) || a.index - b.index,
    );
    const sender = new Sender(this.actor, { digests, unknown, isDown });
    let open: Running[] = [];
    for (const { item } of items) {
      if ('run' in item) {
        open.push(new Running(item.run));
        continue;
      }
      for (const running of open) yield* running.upTo(item.at, sender);
      open = open.filter((running) => !running.isOver);
      if (item.effect === null) sender.failed();
      else yield* sender.effect(item.effect, item.row);
    }
    for (const running of open) yield* running.upTo(Number.POSITIVE_INFINITY, sender);
  }
}

/** A run whose adverts are sent one after the other, evenly spread. */
class Running {
  readonly #run: StoredRun;
  #sent = 0;

  constructor(run: StoredRun) {
    this.#run = run;
  }

  get isOver(): boolean {
    return this.#sent >= this.#run.count;
  }

  /** Those before a row; at the same time as it, those of a run that had begun before. */
  *upTo(atUs: number, sender: Sender): Generator<Output> {
    const { firstUs, lastUs, firstWallUs, count, priority, afterSeq } = this.#run;
    const stepUs = count > 1 ? (lastUs - firstUs) / (count - 1) : 0;
    while (!this.isOver) {
      const offsetUs = Math.round(this.#sent * stepUs);
      const dueUs = firstUs + offsetUs;
      if (dueUs > atUs || (dueUs === atUs && firstUs === atUs)) return;
      this.#sent += 1;
      const which = `advert ${this.#sent} of ${count} alike`;
      const seq = sender.seq ?? afterSeq;
      yield* sender.send(priority, { seq, atUs: dueUs, wallUs: firstWallUs + offsetUs, why: which });
    }
  }
}

interface Sending {
  readonly seq: number;
  readonly atUs: number;
  readonly wallUs: number;
  readonly why: string;
}

class Sender {
  readonly #actor: string;
  readonly #terms: SendTerms;
  #instance: Instance | null = null;
  #announced: number | null = null;
  #hasIdentification = true;
  #why = '';
  /** Row that asked for what is announced. */
  seq: number | null = null;

  constructor(actor: string, terms: SendTerms) {
    this.#actor = actor;
    this.#terms = terms;
  }

  failed(): void {
    this.#hasIdentification = false;
    this.#terms.unknown.add(`${this.#actor}: sends failed, so that identifications after that are not known`);
  }

  *effect({ type, params }: Effect, row: StoredRow): Generator<Output> {
    const priority = Number(params.priority);
    switch (type) {
      case 'openHeartbeat':
        this.#open(params.identity as unknown as WireIdentity);
        return;
      case 'closeHeartbeat':
        this.#instance = null;
        this.#announced = null;
        return;
      case 'setSourceAddress':
        this.#instance?.setSource(String(params.address));
        return;
      case 'announce':
      case 'reviseAnnouncement':
        if (type === 'reviseAnnouncement' && this.#announced === null) return;
        this.#announced = priority;
        this.seq = row.seq;
        this.#why = `announced since @${row.seq} ${row.event.type}`;
        return;
      case 'stopAnnouncing':
        this.#announced = null;
        return;
      default:
        // What is announced anyway is counted in its run.
        if (priority === this.#announced) return;
        yield* this.send(priority, {
          seq: row.seq,
          atUs: row.monoUs,
          wallUs: row.wallUs,
          why: `asked for by @${row.seq} ${row.event.type}`,
        });
    }
  }

  *send(priority: number, { seq, atUs, wallUs, why }: Sending): Generator<Output> {
    const instance = this.#instance;
    if (instance === null) {
      this.#terms.unknown.add(`${this.#actor}: adverts from before the first row that tells how they look`);
      return;
    }
    const packets = instance.packetsFor({ priority }) ?? [];
    const identification = instance.nextIdentification();
    for (const packet of packets) stampIdentification(packet, identification);
    instance.signer.sign(packets, wallUs);
    const isDropped = this.#terms.isDown(instance.identity.interface, atUs);
    const since = priority === this.#announced ? `, ${this.#why}` : '';
    for (const { bytes } of packets) {
      if ((bytes[0] ?? 0) >>> 4 === 4) writeIpv4HeaderChecksum(bytes);
      yield {
        ...{ bytes: bytes.slice(), seq, wallUs, hasIdentification: this.#hasIdentification, isDropped },
        why: `${this.#actor} sends priority ${priority}: ${why}${since}`,
      };
    }
  }

  #open(identity: WireIdentity): void {
    const former = this.#instance;
    this.#announced = null;
    this.#instance = new Instance(this.#actor, identity, {
      digests: this.#terms.digests,
      former,
      emitRun: () => {},
      repetition: () => null,
    });
    const { authentication } = identity.wire;
    if (authentication.kind === 'ah' || authentication.kind === 'hmac')
      this.#terms.unknown.add(
        `${this.#actor}: what proves its adverts (${authentication.kind}) follows sequence numbers and times that no row has`,
      );
  }
}
