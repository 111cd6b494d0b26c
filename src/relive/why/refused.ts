/** Somebody was there all the time, and what he said was refused. */
import type { StoredRow } from '../../journal/model.ts';
import type { Explanation, KnownContext, RowChange } from './model.ts';
import { findPeer, wasMaster } from './peers.ts';
import type { Telling } from './telling.ts';

const CURES: Readonly<Record<string, string>> = {
  authFailure: 'the same auth_pass or key on both',
  authTypeMismatch: 'the same auth_type on both',
  advertInterval: 'the same advert_int on both: version 2 does not take another one',
  version: 'the same VRRP version on both',
  ttl: 'adverts straight from the LAN: a router on the way changes their TTL',
  checksum:
    'a checksum that is right: look at the make of the sender, and at what changes packets on the way',
  unknownUnicastSource: 'the sender in unicast_peer',
  unicastMulticast: 'unicast_peer on both, or on neither',
};

/** What refused adverts are about, in words. */
const FAULTS: Readonly<Record<string, string>> = {
  authFailure: 'another password or key',
  authTypeMismatch: 'another kind of authentication',
  advertInterval: 'another advertisement interval',
  version: 'another version of VRRP',
  ttl: 'a TTL that is not 255',
  checksum: 'a wrong checksum',
  packetLength: 'a wrong length',
  unknownUnicastSource: 'a sender that is no unicast_peer',
  unicastMulticast: 'unicast instead of multicast, or the other way round',
};

export function explainRefusal(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  refused: StoredRow,
): Explanation {
  const { self } = telling;
  const source = String(refused.event.source);
  const fault = String(refused.event.fault);
  const detail = String(refused.event.detail ?? '');
  const peer = findPeer(telling.witnesses, self, own, source, change.wallUs);
  telling.row(self, refused, null);
  telling.row(self, change.row, change.before);
  telling.held(change.row);
  const name = peer === null ? source : `${peer.witness.name} (${source})`;
  telling.missing.push(`an advert of ${name} that ${self.name} accepts`);
  telling.prevention.push(CURES[fault] ?? `adverts of ${name} without this fault: ${fault}`);
  const isMaster = peer !== null && wasMaster(peer, change.wallUs);
  if (isMaster) telling.step(peer.witness.name, null, null, 'was master all that time, by its own journal');
  telling.unknown.push(
    `which of the two is configured as it should be; the priority in what is refused does not count`,
  );
  telling.blame(peer === null ? source : peer.witness.name, fault);
  const both = isMaster ? ', and both were master from then on' : '';
  return telling.done(
    'refused',
    `${self.name} became master of ${own.name} because it refuses the adverts of ${name}: ${FAULTS[fault] ?? fault}${detail === '' ? '' : ` (${detail})`}${both}`,
  );
}
