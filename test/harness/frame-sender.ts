/** Child process for a namespace: reads IPv4 packets as lines of hex, sends each to 224.0.0.18 on eth0. */
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { interfaceInfo, openPacketSocket, sendFrame } from '../../native/index.ts';

/** Packets before the receiver gets a turn on a machine with one free core. */
const BURST = 50;

const eth0 = interfaceInfo('eth0');
if (eth0 === null) throw new Error('no eth0 here');
const socket = openPacketSocket();
const header = Buffer.from(`01005e000012${eth0.mac.replaceAll(':', '')}0800`, 'hex');
let sent = 0;
for await (const line of createInterface({ input: process.stdin })) {
  sendFrame(socket, eth0.index, Buffer.concat([header, Buffer.from(line, 'hex')]));
  sent += 1;
  if (sent % BURST === 0) await nextTurn();
}
process.stdout.write(`${sent}\n`);
