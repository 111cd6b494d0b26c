/** Sends UDP datagrams from the network namespace it is started in, from any of its addresses and with any TTL. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OpenSocket } from '../../native/socket.ts';
import { openUdpSender, sendUdp } from '../../native/udp.ts';
import { serve } from './json-lines-service.ts';

export interface Datagram {
  readonly source: string;
  readonly ttl: number;
  readonly destination: string;
  readonly port: number;
  /** In hexadecimal. */
  readonly bytes: string;
}

/** Datagrams before the receiver gets a turn on a machine with one free core. */
const BURST = 50;
const SOURCE_PORT = 50_000;

const sockets = new Map<string, OpenSocket>();

function socketFor({ source, ttl }: Datagram): OpenSocket {
  const key = `${source} ${ttl}`;
  const socket = sockets.get(key) ?? openUdpSender(source, SOURCE_PORT + sockets.size, ttl);
  sockets.set(key, socket);
  return socket;
}

const methods = {
  /** Resolves with how many have left. */
  async send(datagrams: readonly Datagram[]): Promise<number> {
    let sent = 0;
    for (const datagram of datagrams) {
      const { destination, port, bytes } = datagram;
      sendUdp(socketFor(datagram), destination, port, Buffer.from(bytes, 'hex'));
      sent += 1;
      if (sent % BURST === 0) await nextTurn();
    }
    return sent;
  },
};

export type UdpService = typeof methods;

serve(methods, () => process.exit(0));
