/** SMTP_CHECK */
import { type Around, type PlannedCheck, probePath, type RealServerConfig } from './planned.ts';

type SmtpCheck = RealServerConfig['SMTP_CHECK'][number];

/** What makes a check one of its own beside its hosts (keepalived). */
const CONNECTING = ['connect_ip', 'connect_port', 'bindto', 'bind_port', 'bind_if', 'fwmark'] as const;

/**
 * Each host, a deprecated block within, is one more check, with the pace of the block around it. With hosts, that one
 * itself is a check only where it says how to connect (keepalived 2.4.3).
 */
export function smtpChecks(check: SmtpCheck, around: Around): readonly PlannedCheck[] {
  const { host: hosts, helo_name: heloName } = check;
  const isOwn =
    hosts.length === 0 ||
    CONNECTING.some((keyword) => check[keyword] !== null && check[keyword] !== 0) ||
    check.connect_timeout !== around.real.connect_timeout;
  return [...(isOwn ? [check] : []), ...hosts].map((target) => ({
    ...{ probe: { kind: 'smtp', ...probePath(target, around), heloName }, timing: check, follows: null },
  }));
}
