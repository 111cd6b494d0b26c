/** What systemd is told of the daemon's life (sd_notify): a datagram to the socket that NOTIFY_SOCKET names. */
import { sendDatagram } from '../../native/process.ts';
import type { Watch } from './watchdog/watch.ts';

export interface ServiceManager {
  ready(): void;
  reloading(): void;
  stopping(): void;
}

/**
 * Does nothing where no service manager asks. One that does not answer costs nothing. `watch`: speaks for this process, since
 * service managers listen to the main one.
 */
export function serviceManager(
  watch: Pick<Watch, 'say'> | null,
  socket = process.env.NOTIFY_SOCKET,
): ServiceManager {
  if (watch !== null) {
    return {
      ready: () => watch.say('ready'),
      reloading: () => watch.say('reloading'),
      stopping: () => watch.say('stopping'),
    };
  }
  const tell = (text: string): void => {
    if (socket === undefined || socket === '') return;
    // If it went away, or its queue is full, a router does not stop for that.
    sendDatagram(socket, new TextEncoder().encode(text));
  };
  return {
    ready: () => tell(`READY=1\nMAINPID=${process.pid}\n`),
    // MONOTONIC_USEC is what Type=notify-reload wants to see.
    reloading: () => tell(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}\n`),
    stopping: () => tell('STOPPING=1\n'),
  };
}
