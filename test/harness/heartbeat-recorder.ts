import type { HeartbeatPort } from '../../src/engine/heartbeat.ts';

/** No harness has an interface of this name; the recorder throws at it. */
export const MISSING_INTERFACE = 'relived-none';

/** A heartbeat port that only remembers its calls. */
export function createHeartbeatRecorder(): { readonly port: HeartbeatPort; readonly calls: string[] } {
  const calls: string[] = [];
  const note =
    (name: string) =>
    (...args: readonly unknown[]): void => {
      calls.push(`${name} ${args.map((arg) => JSON.stringify(arg)).join(' ')}`);
    };
  const port: HeartbeatPort = {
    open(actor, identity) {
      if (identity.interface === MISSING_INTERFACE) throw new Error('no such interface');
      calls.push(`open "${actor}" "${identity.interface}"`);
    },
    setSource: note('setSource'),
    announce: note('announce'),
    stopAnnouncing: note('stopAnnouncing'),
    sendOnce: note('sendOnce'),
    watch: note('watch'),
    revise: note('revise'),
    adjustWatch: note('adjustWatch'),
    stopWatching: note('stopWatching'),
    close: note('close'),
    status: () => null,
  };
  return { port, calls };
}
