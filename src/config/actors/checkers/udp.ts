/** UDP_CHECK */
import { type Around, type PlannedCheck, probePath, type RealServerConfig } from './planned.ts';

export function udpChecks(
  check: RealServerConfig['UDP_CHECK'][number],
  around: Around,
): readonly PlannedCheck[] {
  const {
    payload,
    require_reply: pattern,
    min_reply_length: leastBytes,
    max_reply_length: mostBytes,
  } = check;
  const reply = pattern === null ? null : { pattern, leastBytes, mostBytes };
  return [
    { probe: { kind: 'udp', ...probePath(check, around), payload, reply }, timing: check, follows: null },
  ];
}
