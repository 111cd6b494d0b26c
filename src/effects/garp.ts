/** Gratuitous ARP and unsolicited neighbour advertisements through a packet socket. */

import { openPacketSocket, sendFrame } from '../../native/index.ts';
import { closeSocket } from '../../native/socket.ts';
import { type GarpFrame, garpFrames } from '../engine/outputs/garp-frames.ts';
import type { Clock, Scheduler } from '../engine/types.ts';
import type { GarpBurst, GarpPace } from '../machines/vrrp/vrrp.effects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import { carrierOf } from './carriers.ts';
import { GarpPacer, type PacedFrame } from './garp-pacer.ts';

export type GarpsOutcome = Extract<VrrpEvent, { type: `garps.${string}` }>;

export interface GarpExecutor {
  /**
   * Every frame is tried; a failure tells the first error and how many frames. When the signal aborts, the rest is
   * given up. Never rejects.
   */
  send(burst: GarpBurst, signal: AbortSignal): Promise<GarpsOutcome>;
  /** Monotonic time before which a limiter of a GarpPace lets no such frame leave; null if none has left yet. */
  nextUs(family: GarpFrame['family'], limiter: string): number | null;
  close(): void;
}

/** Frames between two turns of the event loop, so that adverts leave in the midst of a long burst. */
const FRAMES_A_TURN = 64;
/** How often, a millisecond apart, a full send queue is tried again before the frame counts as lost. */
const MAX_RETRIES = 20;
const RETRY_DELAY_US = 1_000;
const QUEUE_FULL: readonly string[] = ['EAGAIN', 'ENOBUFS'];

const GIVEN_UP = 'given up';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What happened to the frames of one burst. */
interface Tally {
  readonly errors: string[];
  tried: number;
  lost: number;
}

function outcomeOf({ errors, tried, lost }: Tally): GarpsOutcome {
  if (errors.length === 0) return { type: 'garps.sent' };
  const count = lost > 0 ? `; ${lost} of ${tried} frames were not sent` : '';
  return { type: 'garps.failed', error: `${errors[0]}${count}` };
}

function paceOf(
  frame: GarpFrame,
  paces: readonly GarpPace[],
): { limiter: string; intervalUs: number } | null {
  const pace = paces.find((candidate) => candidate.interface === frame.interface);
  if (pace === undefined) return null;
  const intervalUs = frame.family === 'arp' ? pace.arpIntervalUs : pace.advertisementIntervalUs;
  return intervalUs === 0 ? null : { limiter: limiterOf(frame.family, pace.limiter), intervalUs };
}

function limiterOf(family: GarpFrame['family'], limiter: string): string {
  return `${family} ${limiter}`;
}

/**
 * Opens the packet socket at once: a process without CAP_NET_RAW shall learn it when it starts, not at its first
 * failover. Throws SystemError (EPERM, EAFNOSUPPORT).
 */
export function createGarpExecutor(clock: Pick<Clock, 'monotonicUs'>, scheduler: Scheduler): GarpExecutor {
  const socket = openPacketSocket();
  const pacer = new GarpPacer(clock, scheduler);
  const shortly = (): Promise<void> =>
    new Promise((resolve) => {
      scheduler.at(clock.monotonicUs() + RETRY_DELAY_US, resolve);
    });

  const trySend = (frame: GarpFrame): { readonly error: string; readonly full: boolean } | null => {
    try {
      sendFrame(socket, frame.ifindex, frame.bytes);
      return null;
    } catch (error) {
      return {
        error: `${textOf(error)} on ${frame.interface}`,
        full: QUEUE_FULL.includes(codeOf(error)),
      };
    }
  };

  const sendPatiently = async (frame: GarpFrame): Promise<string | null> => {
    for (let attempt = 0; ; attempt++) {
      const failure = trySend(frame);
      if (failure === null) return null;
      if (attempt >= MAX_RETRIES || !failure.full) return failure.error;
      await shortly();
    }
  };

  /** As fast as they go, round after round. False if they were given up. */
  const sendAtOnce = async (
    frames: readonly GarpFrame[],
    repeat: number,
    tally: Tally,
    signal: AbortSignal,
  ): Promise<boolean> => {
    for (let round = 0; round < repeat; round++) {
      for (const frame of frames) {
        if (tally.tried > 0 && tally.tried % FRAMES_A_TURN === 0) await nextTurn();
        if (signal.aborted) return false;
        tally.tried++;
        const error = await sendPatiently(frame);
        if (error === null) continue;
        tally.lost++;
        if (tally.errors.length === 0) tally.errors.push(error);
      }
    }
    return true;
  };

  /** The frames that have to keep a distance, with what they have to keep it to. */
  const paced = (
    frames: readonly GarpFrame[],
    repeat: number,
    paces: readonly GarpPace[],
  ): readonly PacedFrame[] =>
    frames.flatMap((frame) => {
      const pace = paceOf(frame, paces);
      if (pace === null) return [];
      const key = `${frame.ifindex} ${frame.address}`;
      return [{ ...pace, key, repeat, send: () => trySend(frame)?.error ?? null }];
    });

  return {
    async send({ addresses, repeat, paces = [] }, signal) {
      try {
        const { frames, errors } = garpFrames(addresses, carrierOf);
        const tally: Tally = { errors, tried: 0, lost: 0 };
        const slow = paced(frames, repeat, paces);
        const keys = new Set(slow.map((frame) => frame.key));
        const drop = (): void => pacer.drop(keys, GIVEN_UP);
        signal.addEventListener('abort', drop);
        const results = Promise.all(signal.aborted ? [] : pacer.send(slow));
        const fast = frames.filter((frame) => !keys.has(`${frame.ifindex} ${frame.address}`));
        const finished = await sendAtOnce(fast, repeat, tally, signal);
        const failures = (await results).filter((result) => result !== null);
        signal.removeEventListener('abort', drop);
        if (!finished || signal.aborted)
          return { type: 'garps.failed', error: `${GIVEN_UP} after ${tally.tried} frames` };
        tally.errors.push(...failures);
        return outcomeOf(tally);
      } catch (error) {
        return { type: 'garps.failed', error: textOf(error) };
      }
    },
    nextUs: (family, limiter) => pacer.nextUs(limiterOf(family, limiter)),
    close() {
      closeSocket(socket);
    },
  };
}
