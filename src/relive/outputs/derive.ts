/** What left the machine because of a journal: adverts, gratuitous ARP, requests to the kernel, lines of FIFOs. */
import type { AdvertDigests } from '../../engine/heartbeat/signer.ts';
import { Claims } from '../../engine/outputs/claims.ts';
import { type Carrier, garpFrames } from '../../engine/outputs/garp-frames.ts';
import { fifoLine } from '../../engine/outputs/notice-words.ts';
import {
  additionSteps,
  type IndexOf,
  type ObjectStep,
  removalSteps,
} from '../../engine/outputs/object-requests.ts';
import type { Effect } from '../../engine/types.ts';
import type { StoredRow, StoredRun } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { KernelObjects } from '../../machines/kernel-objects.ts';
import type { Notice } from '../../machines/signals.ts';
import type { GarpBurst } from '../../machines/vrrp/vrrp.effects.ts';
import { encodeMessage, NLM_F_ACK, NLM_F_REQUEST } from '../../protocol/netlink/message.ts';
import { CliError, EXIT } from '../cli.ts';
import { AdvertHistory } from './adverts.ts';
import { LinkBook } from './links.ts';
import type { Derivation, InterfaceFact, Output, OutputKind, OutputStream } from './model.ts';

export interface DeriveFacts {
  readonly interfaces: readonly InterfaceFact[];
  /** Computes with secrets, which the journal does not have. */
  readonly digests: AdvertDigests;
}

/** Rows and runs of a part that is held in memory, beyond which it is refused. */
const MOST = 500_000;

/** @throws CliError 2 if the part is too long to be held in memory */
export function derive(
  reader: JournalReader,
  part: { readonly rows: Iterable<StoredRow>; readonly runs: Iterable<StoredRun> },
  facts: DeriveFacts,
): Derivation {
  const epochs = new Map<number, EpochOutputs>();
  let count = 0;
  const of = (epoch: number): EpochOutputs => {
    count += 1;
    if (count > MOST)
      throw new CliError(
        EXIT.usage,
        `${reader.directory}: more than ${MOST} rows and runs; --since and --until name a part`,
      );
    const known = epochs.get(epoch);
    if (known !== undefined) return known;
    const made = new EpochOutputs(epoch, facts);
    epochs.set(epoch, made);
    return made;
  };
  for (const row of part.rows) of(row.epoch).row(row);
  for (const run of part.runs) of(run.epoch).run(run);
  const derived = [...epochs.values()].map((epoch) => epoch.derivation());
  return {
    streams: derived.flatMap(({ streams }) => streams),
    unknown: [...new Set(derived.flatMap(({ unknown }) => unknown))],
  };
}

interface Farewell {
  readonly notice: Notice;
  readonly row: StoredRow;
}

interface Burst {
  readonly row: StoredRow;
  readonly burst: GarpBurst;
}

/** One process start: an actor of the next one is another. */
class EpochOutputs {
  readonly #epoch: number;
  readonly #facts: DeriveFacts;
  readonly #unknown = new Set<string>();
  readonly #adverts = new Map<string, AdvertHistory>();
  readonly #links = new LinkBook();
  readonly #claims = new Claims();
  readonly #requests = new Map<string, Output[]>();
  readonly #bursts = new Map<number, Burst>();
  readonly #garps: OutputStream[] = [];
  readonly #lines: Output[] = [];
  readonly #farewells: Farewell[] = [];
  readonly #actors: string[] = [];

  constructor(epoch: number, facts: DeriveFacts) {
    this.#epoch = epoch;
    this.#facts = facts;
  }

  row(row: StoredRow): void {
    if (row.kind === 'note') return;
    if (row.kind === 'start') this.#actors.push(row.actor);
    if (row.actor.startsWith('vrrp/')) this.#advertsOf(row.actor).row(row);
    this.#links.row(row);
    if (row.event.type === 'garps.sent' || row.event.type === 'garps.failed') this.#burstEnded(row);
    for (const effect of row.effects) this.#effect(effect, row);
  }

  run(run: StoredRun): void {
    if (run.actor.startsWith('vrrp/')) this.#advertsOf(run.actor).run(run);
  }

  derivation(): Derivation {
    const isDown = (name: string, atUs: number): boolean => this.#links.isDown(name, atUs);
    const terms = { digests: this.#facts.digests, unknown: this.#unknown, isDown };
    const adverts = [...this.#adverts.values()].map(
      (history): OutputStream => ({
        kind: 'packet',
        name: this.#named(`adverts of ${history.actor}`),
        outputs: [...history.outputs(terms)],
        isPartial: false,
      }),
    );
    const requests = [...this.#requests].map(
      ([actor, outputs]): OutputStream => this.#stream('netlink', `requests of ${actor}`, outputs),
    );
    for (const [, { row, burst }] of this.#bursts) this.#garp(row, burst, true);
    const lines = this.#stream('line', 'lines of notices', [...this.#lines, ...this.#lastLines()]);
    const streams = [...adverts, ...this.#garps, ...requests, lines];
    return { streams: streams.filter(({ outputs }) => outputs.length > 0), unknown: [...this.#unknown] };
  }

  #named(name: string): string {
    return `${name}, process start ${this.#epoch}`;
  }

  #stream(kind: OutputKind, name: string, outputs: readonly Output[]): OutputStream {
    return { kind, name: this.#named(name), outputs, isPartial: false };
  }

  #advertsOf(actor: string): AdvertHistory {
    const known = this.#adverts.get(actor);
    if (known !== undefined) return known;
    const made = new AdvertHistory(actor);
    this.#adverts.set(actor, made);
    return made;
  }

  #effect({ type, params }: Effect, row: StoredRow): void {
    switch (type) {
      case 'addVips':
        this.#add(params as unknown as KernelObjects, row);
        return;
      case 'removeVips':
        this.#remove(params as unknown as KernelObjects, row);
        return;
      case 'sendGratuitousArps':
        this.#bursts.set(row.seq, { row, burst: params as unknown as GarpBurst });
        return;
      case 'refreshGarps':
        this.#unknown.add(`${row.actor}: gratuitous ARPs that are repeated for as long as it is master`);
        return;
      case 'notify':
        this.#notice(params as unknown as Notice, row);
        return;
      case 'createDevices':
      case 'removeDevices':
        this.#unknown.add(`${row.actor}: requests for its own devices (use_vmac)`);
        return;
      default:
    }
  }

  #add(objects: KernelObjects, row: StoredRow): void {
    this.#claims.claim(row.actor, objects);
    const otherwise = this.#claims.otherwise(objects);
    this.#ask(row, 'RTM_DEL', removalSteps({ addresses: otherwise }, this.#indexOf));
    this.#ask(row, 'RTM_NEW', additionSteps(objects, this.#indexOf));
    this.#claims.added(objects);
  }

  #remove(objects: KernelObjects, row: StoredRow): void {
    this.#claims.release(row.actor, objects);
    const free = this.#claims.unclaimed(row.actor, objects);
    this.#ask(row, 'RTM_DEL', removalSteps(free, this.#indexOf));
    this.#claims.removed(free);
  }

  #ask(row: StoredRow, verb: string, steps: readonly ObjectStep[]): void {
    const list = this.#requests.get(row.actor) ?? [];
    this.#requests.set(row.actor, list);
    for (const { name, prepare } of steps) {
      const prepared = prepare();
      if (prepared === null || typeof prepared === 'string') {
        this.#unknown.add(
          `${row.actor}: a request about ${name}: ${prepared ?? 'its interface is not known'}`,
        );
        continue;
      }
      const { type, flags, payload, doing } = prepared;
      const message = { type, flags: flags | NLM_F_REQUEST | NLM_F_ACK, sequence: 0, payload };
      const why = `${row.actor} @${row.seq}: ${verb}, ${doing}`;
      list.push({ bytes: encodeMessage(message), seq: row.seq, wallUs: row.wallUs, why });
    }
  }

  readonly #indexOf: IndexOf = (name) =>
    this.#facts.interfaces.find(({ ifname }) => ifname === name)?.ifindex ?? null;

  readonly #carrierOf = (name: string): Carrier | null => {
    const fact = this.#facts.interfaces.find(({ ifname }) => ifname === name);
    if (fact === undefined) return null;
    const { ifindex, address: mac, link_type: type, flags, forwarding = false } = fact;
    return { ifindex, mac, hasArp: type === 'ether' && !flags.includes('NOARP'), isRouter: () => forwarding };
  };

  /** All of them left, or nobody knows how many. */
  #burstEnded(row: StoredRow): void {
    const asked = row.cause === null ? undefined : this.#bursts.get(row.cause);
    if (asked === undefined || row.cause === null) return;
    this.#bursts.delete(row.cause);
    this.#garp(asked.row, asked.burst, row.event.type === 'garps.failed');
  }

  #garp(row: StoredRow, { addresses, repeat }: GarpBurst, isPartial: boolean): void {
    const { frames, errors } = garpFrames(addresses, this.#carrierOf);
    for (const error of errors) this.#unknown.add(`${row.actor} @${row.seq}: gratuitous ARP: ${error}`);
    const round = frames.map(({ bytes, address }): Output => {
      const why = `${row.actor} @${row.seq} ${row.event.type}: ${address} is here`;
      return { bytes, seq: row.seq, wallUs: row.wallUs, why };
    });
    const outputs = Array.from({ length: repeat }, () => round).flat();
    const name = this.#named(`gratuitous ARP of ${row.actor} @${row.seq}`);
    this.#garps.push({ kind: 'frame', name, outputs, isPartial });
  }

  #notice(notice: Notice, row: StoredRow): void {
    // The end is told when everything else is over.
    if (notice.state === 'STOP') this.#farewells.push({ notice, row });
    else this.#lines.push(lineOf(notice, row));
  }

  /** Instances before groups, each in the order of the configuration, which is that in which actors begin. */
  #lastLines(): Output[] {
    const rank = ({ notice: { scope }, row }: Farewell): number =>
      (scope === 'GROUP' ? this.#actors.length : 0) + this.#actors.indexOf(row.actor);
    return [...this.#farewells]
      .sort((a, b) => rank(a) - rank(b))
      .map(({ notice, row }) => lineOf(notice, row));
  }
}

function lineOf(notice: Notice, { seq, wallUs, actor, event }: StoredRow): Output {
  return { bytes: Buffer.from(fifoLine(notice)), seq, wallUs, why: `${actor} @${seq} ${event.type}` };
}
