/** Sessions in keepalived_bfd.data, with keepalived's labels. */
import type { ConfigTree } from '../../config/model.ts';
import type { sessionStatus } from '../bfd.ts';

export interface SessionFacts {
  readonly config: ConfigTree['bfd_instance'][number];
  /** null: it does not run. */
  readonly status: ReturnType<typeof sessionStatus>;
}

const STATES: Readonly<Record<string, string>> = {
  adminDown: 'AdminDown',
  down: 'Down',
  init: 'Init',
  up: 'Up',
};

const stateText = (state: unknown): string => STATES[String(state)] ?? 'Down';
const yesNo = (value: boolean): string => (value ? 'Yes' : 'No');

export function sessionLines({ config, status }: SessionFacts): string[] {
  const ipv6 = config.neighbor_ip?.includes(':') === true;
  const lines = [
    `BFD Instance = ${config.name}`,
    `  Neighbor IP = ${config.neighbor_ip ?? ''}`,
    ...(config.source_ip === null ? [] : [`  Source IP = ${config.source_ip}`]),
    `  Required min RX interval = ${config.min_rx} us`,
    `  Desired min TX interval = ${config.min_tx} us`,
    `  Desired idle TX interval = ${config.idle_tx} us`,
    `  Detection multiplier = ${config.multiplier}`,
    `  ${ipv6 ? 'hoplimit' : 'TTL'} = ${config.ttl}`,
    `  max_hops = ${config.max_hops}`,
    `  passive = ${config.passive}`,
    `  send event to VRRP process = ${yesNo(config.vrrp)}`,
    `  send event to checker process = ${yesNo(config.checker)}`,
    ...(status === null ? [] : stateLines(status)),
  ];
  return lines.map((line) => ` ${line}`);
}

/** What keepalived keeps apart by descriptors and threads is left out. */
function stateLines(status: NonNullable<SessionFacts['status']>): string[] {
  const { remote, multiplier, minTxUs } = status;
  const txUs = status.transmitIntervalUs ?? 0;
  const hex = (discriminator: number): string => `0x${discriminator.toString(16)}`;
  return [
    `  send error = ${status.error !== null}`,
    `  local state = ${stateText(status.state)}`,
    `  remote state = ${stateText(remote?.state ?? 'down')}`,
    `  local discriminator = ${hex(status.discriminator)}`,
    `  remote discriminator = ${hex(remote?.discriminator ?? 0)}`,
    `  local diag = ${status.diagnostic}`,
    `  remote diag = ${remote?.diagnostic ?? 'No Diagnostic'}`,
    `  remote min tx intv = ${remote?.minTxUs ?? 0} us`,
    `  remote min rx intv = ${remote?.minRxUs ?? 0} us`,
    '  local demand = 0',
    `  remote demand = ${Number(remote?.demand ?? false)}`,
    `  remote detect multiplier = ${remote?.multiplier ?? 0}`,
    `  ${status.polling ? '' : '!'}poll, !final`,
    `  local tx intv = ${txUs} us`,
    `  remote tx intv = ${remote === null ? 0 : Math.max(remote.minTxUs, status.minRxUs)} us`,
    `  local detection time = ${status.detectUs ?? 0} us`,
    `  remote detection time = ${remote === null ? 0 : multiplier * Math.max(minTxUs, remote.minRxUs)} us`,
    status.lastPacketAgoUs === null
      ? '  last_seen = [never]'
      : `  last seen = ${lastSeen(status.lastPacketAgoUs)}`,
  ];
}

/** Seconds since 1970 and the date (ctime), each with microseconds. */
function lastSeen(agoUs: number): string {
  const atMs = Date.now() - agoUs / 1000;
  const seconds = Math.floor(atMs / 1000);
  const fraction = String(Math.floor((atMs - seconds * 1000) * 1000)).padStart(6, '0');
  const [day = '', month = '', date = '', year = '', time = ''] = new Date(atMs).toString().split(' ');
  return `${seconds}.${fraction} (${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}.${fraction})`;
}
