/**
 * Echo requests of all probes over few raw sockets: one for each family, interface, mark and kind of source. Whose a
 * reply is, its address, id, sequence and payload say together; what is nobody's is not heard.
 */
import type { Socket } from 'raw-socket';
import type { ProbeOrigin } from '../../machines/checker/checker.input.ts';
import {
  decodeEchoReply,
  encodeEchoRequest,
  ICMP_PROTOCOL,
  ICMPV6_PROTOCOL,
} from '../../protocol/icmp-echo.ts';
import { familyOfIp, type IpFamily } from '../../protocol/ip.ts';
import { filler } from '../../protocol/udp-check.ts';
import { bindToDevice, setReceiveBuffer } from '../heartbeat/socket-options.ts';
import { lateCrypto, lateRawSocket } from '../late-modules.ts';

const SOL_SOCKET = 1;
const SO_MARK = 36;
const IPPROTO_IP = 0;
const IP_HDRINCL = 3;
const IPPROTO_IPV6 = 41;
const IPV6_HDRINCL = 36;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const ICMP6_FILTER = 1;
/** A bit for each type that is not heard: all but the reply. */
const ALL_BUT_ECHO_REPLY = 0xfffffffe;
const ICMPV6_ECHO_REPLY = 129;

const RAW_IPV4 = 1;
const RAW_IPV6 = 2;
const AGAIN = 'Resource temporarily unavailable';
const PACKETS_PER_TURN = 64;
const RECEIVE_BUFFER_BYTES = 262_144;
/** Longer packets are cut, and then no replies of ours. */
const BUFFER_BYTES = 2_048;
/** keepalived's. */
const PAYLOAD_BYTES = 128;
const NONCE_BYTES = 8;
const SEQUENCES = 65_536;
const IDS = 65_536;

/** strerror's texts, which are all that the package tells, and what connect(2) would have said. */
const CODES: Readonly<Record<string, string>> = {
  'Network is unreachable': 'ENETUNREACH',
  'No route to host': 'EHOSTUNREACH',
  'Operation not permitted': 'EPERM',
  'No such device': 'ENODEV',
  'Cannot assign requested address': 'EADDRNOTAVAIL',
  'Network is down': 'ENETDOWN',
  'Invalid argument': 'EINVAL',
  'Too many open files': 'EMFILE',
  'Address family not supported by protocol': 'EAFNOSUPPORT',
};

/** The socket cannot be had, or the request cannot be sent. */
export class EchoFailure extends Error {
  readonly stage: 'socket' | 'send';
  readonly code: string;

  constructor(stage: 'socket' | 'send', error: unknown) {
    const text = error instanceof Error ? error.message : String(error);
    super(text, { cause: error });
    this.stage = stage;
    this.code = CODES[text] ?? text;
  }
}

interface Waiting {
  readonly address: string;
  readonly payload: Uint8Array;
  readonly answered: () => void;
}

export class EchoSockets {
  #ownId: number | null = null;
  readonly #channels = new Map<string, EchoChannel>();
  #sequence = 0;

  /**
   * Sends one request; `answered` is called once, later, if its reply comes. Gives what ends the wait, which has to be
   * called in any case. Throws EchoFailure.
   */
  send(address: string, origin: ProbeOrigin, answered: () => void): () => void {
    const channel = this.#channelOf(familyOfIp(address), origin);
    this.#sequence = channel.freeSequence(this.#sequence);
    const payload = filler(PAYLOAD_BYTES);
    payload.set(lateCrypto().randomBytes(NONCE_BYTES));
    const sequence = this.#sequence;
    channel.expect(sequence, { address, payload, answered });
    const end = (): void => {
      channel.forget(sequence);
      if (channel.isIdle) this.#channels.delete(channel.key);
    };
    try {
      const source = origin.source === '' ? null : origin.source;
      channel.send(encodeEchoRequest({ id: this.#id, sequence, payload }, address, source), address);
    } catch (error) {
      end();
      throw new EchoFailure('send', error);
    }
    return end;
  }

  get #id(): number {
    this.#ownId ??= lateCrypto().randomInt(IDS);
    return this.#ownId;
  }

  #channelOf(family: IpFamily, origin: ProbeOrigin): EchoChannel {
    const key = JSON.stringify([family, origin.device, origin.mark, origin.source !== '']);
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const channel = new EchoChannel(key, family, origin, this.#id);
    this.#channels.set(key, channel);
    return channel;
  }
}

class EchoChannel {
  readonly key: string;
  readonly #family: IpFamily;
  readonly #id: number;
  readonly #socket: Socket;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #waiting = new Map<number, Waiting>();
  #closed = false;

  constructor(key: string, family: IpFamily, origin: ProbeOrigin, id: number) {
    this.key = key;
    this.#family = family;
    this.#id = id;
    let socket: Socket | null = null;
    try {
      socket = lateRawSocket().createSocket({
        protocol: family === 'inet' ? ICMP_PROTOCOL : ICMPV6_PROTOCOL,
        addressFamily: family === 'inet' ? RAW_IPV4 : RAW_IPV6,
        bufferSize: 1,
      });
      configure(socket, family, origin);
    } catch (error) {
      socket?.close();
      throw new EchoFailure('socket', error);
    }
    this.#socket = socket;
    const { wrap } = socket;
    // The package's own reader reads one packet for each turn of the loop.
    wrap.removeAllListeners('recvReady');
    wrap.on('recvReady', () => this.#read());
    wrap.removeAllListeners('error');
    // What went wrong shows when nothing is heard.
    wrap.on('error', () => {});
  }

  get isIdle(): boolean {
    return this.#closed;
  }

  /** The next one that nobody waits for; they are far fewer than there are. */
  freeSequence(after: number): number {
    let sequence = (after + 1) % SEQUENCES;
    while (this.#waiting.has(sequence)) sequence = (sequence + 1) % SEQUENCES;
    return sequence;
  }

  expect(sequence: number, waiting: Waiting): void {
    this.#waiting.set(sequence, waiting);
  }

  forget(sequence: number): void {
    this.#waiting.delete(sequence);
    if (this.#waiting.size > 0 || this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  send(packet: Uint8Array, address: string): void {
    this.#socket.wrap.send(packet, 0, packet.length, address, () => {});
  }

  #read(): void {
    try {
      for (let count = 0; count < PACKETS_PER_TURN && !this.#closed; count++) {
        this.#socket.wrap.recv(this.#buffer, (_buffer, bytes, source) => this.#heard(bytes, source));
      }
    } catch (error) {
      // Anything but an empty socket comes again, and those who wait run out of patience.
      if ((error as Error).message !== AGAIN) return;
    }
  }

  #heard(bytes: number, source: string): void {
    const reply = decodeEchoReply(this.#buffer.subarray(0, Math.min(bytes, BUFFER_BYTES)), this.#family);
    if (reply === null || reply.id !== this.#id) return;
    const waiting = this.#waiting.get(reply.sequence);
    if (waiting === undefined || waiting.address !== source) return;
    if (Buffer.compare(waiting.payload, reply.payload) === 0) waiting.answered();
  }
}

function configure(socket: Socket, family: IpFamily, { device, mark, source }: ProbeOrigin): void {
  if (device !== '') bindToDevice(socket, device);
  if (mark !== 0) socket.setOption(SOL_SOCKET, SO_MARK, Buffer.from(Uint32Array.of(mark).buffer), 4);
  if (family === 'inet') {
    socket.setOption(SOL_RAW, ICMP_FILTER, Buffer.from(Uint32Array.of(ALL_BUT_ECHO_REPLY).buffer), 4);
    if (source !== '') socket.setOption(IPPROTO_IP, IP_HDRINCL, 1);
  } else {
    const blocked = new Uint32Array(8).fill(0xffffffff);
    const word = ICMPV6_ECHO_REPLY >> 5;
    blocked[word] = ((blocked[word] ?? 0) & ~(1 << (ICMPV6_ECHO_REPLY & 31))) >>> 0;
    socket.setOption(ICMPV6_PROTOCOL, ICMP6_FILTER, Buffer.from(blocked.buffer), 32);
    if (source !== '') socket.setOption(IPPROTO_IPV6, IPV6_HDRINCL, 1);
  }
  setReceiveBuffer(socket, RECEIVE_BUFFER_BYTES);
}
