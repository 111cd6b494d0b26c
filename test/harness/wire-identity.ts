import type { WireIdentity } from '../../src/machines/vrrp/vrrp.effects.ts';
import { wireDetails } from '../../src/machines/vrrp/vrrp.fixture.ts';

/** What a test instance sends and expects, unless told otherwise: version 3, virtual router 51 on eth0, 1 s. */
export function wireIdentity(changes: Partial<WireIdentity> = {}): WireIdentity {
  return {
    version: 3,
    virtualRouterId: 51,
    family: 'inet',
    interface: 'eth0',
    unicastPeers: [],
    addresses: ['10.9.0.100'],
    advertIntervalUs: 1_000_000,
    checksumWithoutPseudoHeader: false,
    wire: wireDetails(),
    ...changes,
  };
}
