/** What a test instance expects of adverts. Used by tests only. */
import { type AdvertExpectation, NO_PROOF } from './vrrp-judgement.ts';

/** Version 3 over IPv4, virtual router 51, multicast, 10.0.0.100, once a second. */
export function advertExpectation(changes: Partial<AdvertExpectation> = {}): AdvertExpectation {
  return {
    family: 'inet',
    version: 3,
    virtualRouterId: 51,
    advertIntervalUs: 1_000_000,
    unicast: false,
    destination: changes.unicast === true ? null : '224.0.0.18',
    addresses: ['10.0.0.100'],
    peers: null,
    checksumGroup: null,
    proof: NO_PROOF,
    ...changes,
  };
}
