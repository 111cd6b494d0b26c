/** Gratuitous ARP bursts through a packet socket. */
import {
  closePacketSocket,
  HARDWARE_ETHERNET,
  INTERFACE_NOARP,
  type InterfaceInfo,
  interfaceInfo,
  openPacketSocket,
  sendFrame,
} from '../../native/index.ts';
import type { VirtualAddress } from '../machines/kernel-objects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import { gratuitousArpRequest } from '../protocol/arp.ts';

export type GarpsOutcome = Extract<VrrpEvent, { type: `garps.${string}` }>;

export interface GarpExecutor {
  /**
   * `repeat` times over all addresses. Every frame is tried; a failure tells the first error and how many frames.
   * `wanted` is asked before every frame; when it says no, the rest is given up.
   * Interfaces without ARP (IFF_NOARP, loopback) are passed over, as keepalived does.
   */
  send(addresses: readonly VirtualAddress[], repeat: number, wanted?: () => boolean): Promise<GarpsOutcome>;
  close(): void;
}

interface Frame {
  readonly interface: string;
  readonly ifindex: number;
  readonly bytes: Uint8Array;
}

/** Frames between two turns of the event loop, so that adverts leave in the midst of a long burst. */
const FRAMES_A_TURN = 64;
/** How often, a millisecond apart, a full send queue is tried again before the frame counts as lost. */
const MAX_RETRIES = 20;
const RETRY_DELAY_MS = 1;
const QUEUE_FULL: readonly string[] = ['EAGAIN', 'ENOBUFS'];

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const shortly = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS));
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One frame for each address that can have one, and what is wrong with the others. */
function prepare(addresses: readonly VirtualAddress[]): { frames: Frame[]; errors: string[] } {
  const frames: Frame[] = [];
  const errors: string[] = [];
  const known = new Map<string, InterfaceInfo | null>();
  for (const vip of addresses) {
    const info = known.has(vip.interface) ? (known.get(vip.interface) ?? null) : interfaceInfo(vip.interface);
    known.set(vip.interface, info);
    if (info === null) {
      errors.push(`interface ${vip.interface} does not exist`);
      continue;
    }
    if ((info.flags & INTERFACE_NOARP) !== 0 || info.hardwareType !== HARDWARE_ETHERNET) continue;
    const bytes = gratuitousArpRequest(vip.address, info.mac);
    if (bytes === null) errors.push(`${vip.address} is not an IPv4 address`);
    else frames.push({ interface: vip.interface, ifindex: info.index, bytes });
  }
  return { frames, errors };
}

/**
 * Opens the packet socket at once: a process without CAP_NET_RAW shall learn it when it starts, not at its first
 * failover. Throws SystemError (EPERM, EAFNOSUPPORT); `send` never throws.
 */
export function createGarpExecutor(): GarpExecutor {
  const socket = openPacketSocket();

  const sendOne = async (frame: Frame): Promise<string | null> => {
    for (let attempt = 0; ; attempt++) {
      try {
        sendFrame(socket, frame.ifindex, frame.bytes);
        return null;
      } catch (error) {
        if (attempt >= MAX_RETRIES || !QUEUE_FULL.includes(codeOf(error)))
          return `${textOf(error)} on ${frame.interface}`;
      }
      await shortly();
    }
  };

  return {
    async send(addresses, repeat, wanted = () => true) {
      try {
        const { frames, errors } = prepare(addresses);
        let lost = 0;
        let tried = 0;
        for (let round = 0; round < repeat; round++) {
          for (const frame of frames) {
            if (tried > 0 && tried % FRAMES_A_TURN === 0) await nextTurn();
            if (!wanted()) return { type: 'garps.failed', error: `given up after ${tried} frames` };
            tried++;
            const error = await sendOne(frame);
            if (error === null) continue;
            lost++;
            if (errors.length === 0) errors.push(error);
          }
        }
        if (errors.length === 0) return { type: 'garps.sent' };
        const count = lost > 0 ? `; ${lost} of ${tried} frames were not sent` : '';
        return { type: 'garps.failed', error: `${errors[0]}${count}` };
      } catch (error) {
        return { type: 'garps.failed', error: textOf(error) };
      }
    },
    close() {
      closePacketSocket(socket);
    },
  };
}
