/** Packets that came faster than they could be read, for the history: adverts may have been among them. */
import type { Engine } from '../engine/engine.ts';
import type { SocketHeartbeat } from '../io/heartbeat/socket-heartbeat.ts';

/** A flood is a note so often at most. */
const LOOK_MS = 10_000;

/** Looks from now on, for as long as the process runs. */
export function tellOfLosses(
  heartbeats: Pick<SocketHeartbeat, 'takeLost'>,
  engine: Pick<Engine, 'note'>,
): void {
  const look = (): void => {
    const count = heartbeats.takeLost();
    if (count > 0) engine.note({ type: 'packets.lost', count });
  };
  setInterval(look, LOOK_MS).unref();
}
