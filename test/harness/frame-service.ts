/** Sends IPv4 packets to 224.0.0.18 on eth0 of the network namespace it is started in. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { interfaceInfo, openPacketSocket, sendFrame } from '../../native/index.ts';
import { serve } from './json-lines-service.ts';

/** Packets before the receiver gets a turn on a machine with one free core. */
const BURST = 50;

const eth0 = interfaceInfo('eth0');
if (eth0 === null) throw new Error('no eth0 here');
const { index } = eth0;
const socket = openPacketSocket();
const header = Buffer.from(`01005e000012${eth0.mac.replaceAll(':', '')}0800`, 'hex');

const methods = {
  /** Sends packets given in hexadecimal; resolves with how many have left. */
  async send(packets: readonly string[]): Promise<number> {
    let sent = 0;
    for (const packet of packets) {
      sendFrame(socket, index, Buffer.concat([header, Buffer.from(packet, 'hex')]));
      sent += 1;
      if (sent % BURST === 0) await nextTurn();
    }
    return sent;
  },
};

export type FrameService = typeof methods;

serve(methods, () => {});
