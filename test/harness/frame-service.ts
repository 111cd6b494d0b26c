/** Sends IP packets on eth0 of the network namespace it is started in. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { interfaceInfo, openPacketSocket, sendFrame } from '../../native/index.ts';
import { serve } from './json-lines-service.ts';

/** Packets before the receiver gets a turn on a machine with one free core. */
const BURST = 50;

const eth0 = interfaceInfo('eth0');
if (eth0 === null) throw new Error('no eth0 here');
const { index } = eth0;
const socket = openPacketSocket();
const own = eth0.mac.replaceAll(':', '');

/** Groups have MAC addresses of their own (RFC 1112, RFC 2464); whatever else goes to `unicast`. */
function ethernetHeader(packet: Buffer, unicast: string): Buffer {
  const ipv6 = (packet[0] ?? 0) >>> 4 === 6;
  const group = ipv6
    ? packet[24] === 0xff && `3333${packet.toString('hex', 36, 40)}`
    : (packet[16] ?? 0) >>> 4 === 0xe && `01005e${packet.toString('hex', 17, 20)}`;
  return Buffer.from(`${group || unicast.replaceAll(':', '')}${own}${ipv6 ? '86dd' : '0800'}`, 'hex');
}

const methods = {
  /** Sends packets given in hexadecimal, those to no group to this MAC; resolves with how many have left. */
  async send(packets: readonly string[], unicast = '01:00:5e:00:00:12'): Promise<number> {
    let sent = 0;
    for (const packet of packets) {
      const bytes = Buffer.from(packet, 'hex');
      sendFrame(socket, index, Buffer.concat([ethernetHeader(bytes, unicast), bytes]));
      sent += 1;
      if (sent % BURST === 0) await nextTurn();
    }
    return sent;
  },
};

export type FrameService = typeof methods;

serve(methods, () => {});
