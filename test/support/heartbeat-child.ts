/**
 * A RawSocketHeartbeat driven by JSON lines: commands on stdin, events on stdout. Run inside a network namespace.
 */
import { execFileSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { RawSocketHeartbeat } from '../../src/io/heartbeat/raw-socket-heartbeat.ts';
import type { ChildCommand, ChildMessage } from './heartbeat-child-messages.ts';

function say(message: ChildMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function interfaceIndex(name: string): number | null {
  const links: unknown = JSON.parse(execFileSync('ip', ['-j', 'link', 'show'], { encoding: 'utf8' }));
  if (!Array.isArray(links)) return null;
  const link: unknown = links.find((one: { readonly ifname?: unknown }) => one.ifname === name);
  return typeof link === 'object' && link !== null && 'ifindex' in link ? Number(link.ifindex) : null;
}

const clock = {
  monotonicUs: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
  },
  wallUs: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
};

const port = new RawSocketHeartbeat({
  clock,
  interfaceIndex,
  listener: {
    event: (actor, event) => say({ kind: 'event', actor, event, atUs: clock.monotonicUs() }),
    run: (run) => say({ kind: 'run', run }),
  },
  onProblem: (problem) => say({ kind: 'problem', message: problem.message }),
});

function obey(command: ChildCommand): void {
  switch (command.op) {
    case 'open':
      port.open(command.actor, command.identity);
      break;
    case 'setSource':
      port.setSource(command.actor, command.address);
      break;
    case 'announce':
      port.announce(command.actor, command.content);
      break;
    case 'stopAnnouncing':
      port.stopAnnouncing(command.actor);
      break;
    case 'sendOnce':
      port.sendOnce(command.actor, command.content);
      break;
    case 'watch':
      port.watch(command.actor, command.awaited, command.allowedUs, command.expectedIntervalUs);
      break;
    case 'stopWatching':
      port.stopWatching(command.actor);
      break;
    case 'close':
      port.close(command.actor);
      break;
    case 'status':
      say({ kind: 'status', id: command.id, status: port.status(command.actor) });
      break;
    case 'refresh':
      port.refreshInterface(command.interfaceName);
      break;
    case 'collectGarbage':
      globalThis.gc?.();
      break;
  }
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  try {
    const command: ChildCommand = JSON.parse(line);
    obey(command);
  } catch (error) {
    say({ kind: 'problem', message: error instanceof Error ? error.message : String(error) });
  }
});
lines.on('close', () => {
  port.stop();
});
say({ kind: 'ready' });
