/** The packet of an advert as another router would send it to an instance. */
import { buildAdvertPackets } from '../../engine/heartbeat/advert-packets.ts';
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { familyOfIp } from '../../protocol/ip.ts';
import type { Heard } from './happenings.ts';

/** Passwords and keys are in no journal: adverts are lived without, on all sides. */
export function withoutSecrets(identity: WireIdentity): WireIdentity {
  return { ...identity, wire: { ...identity.wire, authentication: { kind: 'none' } } };
}

/** `own`: where unicast adverts are sent to. Null: such an advert cannot be written down. */
export function advertFrom(identity: WireIdentity, own: string | null, advert: Heard): Uint8Array | null {
  const { source, priority, advertIntervalUs, addresses } = advert;
  if (familyOfIp(source) !== identity.family) return null;
  const isUnicast = identity.unicastPeers.length > 0;
  if (isUnicast && own === null) return null;
  const sender = {
    ...identity,
    advertIntervalUs,
    addresses,
    unicastPeers: isUnicast && own !== null ? [own] : [],
  };
  const [packet] = buildAdvertPackets(sender, {
    source,
    priority,
    seal: { kind: 'none' },
    oldChecksum: false,
  });
  return packet?.bytes.slice() ?? null;
}
