/**
 * Adverts that were heard, as far as a journal knows them: source, priority, interval and addresses of those that were
 * events, source and priority of those in runs. The rest of the packet is as the listener demands it, or it would have
 * been refused.
 */
import { buildAdvertPackets } from '../../engine/heartbeat/advert-packets.ts';
import type { StoredRow, StoredRun } from '../../journal/model.ts';
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { writeIpv4HeaderChecksum } from '../../protocol/ipv4-header.ts';
import { VRRP2_AUTH_BYTES } from '../../protocol/vrrp.ts';
import type { CapturedPacket } from './pcapng.ts';

interface Heard {
  readonly source: string;
  readonly priority: number;
  readonly advertIntervalUs: number;
  readonly addresses: readonly string[];
}

/** One instance. Rows and runs come in order. */
export class Listener {
  #identity: WireIdentity | null = null;
  #source: string | null = null;
  /** By sender. */
  readonly #last = new Map<string, Heard>();

  row({ event, effects }: StoredRow): void {
    for (const { type, params } of effects) {
      if (type === 'openHeartbeat') this.#identity = params.identity as unknown as WireIdentity;
      else if (type === 'setSourceAddress') this.#source = String(params.address);
    }
    if (event.type === 'advert.received') {
      const heard = event as unknown as Heard;
      this.#last.set(heard.source, heard);
    }
  }

  /** The advert that the row is about; null if it is about none, or how it looked is not known. */
  ofRow(row: StoredRow, comment: string): CapturedPacket | null {
    if (row.event.type !== 'advert.received') return null;
    return this.#packet(row.event as unknown as Heard, row.wallUs, comment);
  }

  /** The adverts of a run, evenly spread. */
  *ofRun({ source, priority, count, firstUs, lastUs, firstWallUs }: StoredRun): Generator<CapturedPacket> {
    const last = this.#last.get(source);
    if (last === undefined) return;
    const stepUs = count > 1 ? (lastUs - firstUs) / (count - 1) : 0;
    for (let at = 0; at < count; at++) {
      const comment = `heard: advert ${at + 1} of ${count} alike; times within the run are evenly spread`;
      const packet = this.#packet({ ...last, priority }, firstWallUs + Math.round(at * stepUs), comment);
      if (packet !== null) yield packet;
    }
  }

  #packet(
    { source, priority, advertIntervalUs, addresses }: Heard,
    wallUs: number,
    comment: string,
  ): CapturedPacket | null {
    const own = this.#identity;
    if (own === null) return null;
    const isPass = own.wire.authentication.kind === 'pass';
    const seal = isPass
      ? ({ kind: 'pass', password: new Uint8Array(VRRP2_AUTH_BYTES) } as const)
      : ({ kind: 'none' } as const);
    const isUnicast = own.unicastPeers.length > 0;
    if (isUnicast && this.#source === null) return null;
    const identity = {
      ...own,
      addresses,
      advertIntervalUs,
      unicastPeers: isUnicast ? [this.#source ?? ''] : [],
    };
    const [packet] = buildAdvertPackets(identity, { source, priority, seal, oldChecksum: false });
    if (packet === undefined) return null;
    if ((packet.bytes[0] ?? 0) >>> 4 === 4) writeIpv4HeaderChecksum(packet.bytes);
    return { wallUs, bytes: packet.bytes, direction: 'in', comment };
  }
}
