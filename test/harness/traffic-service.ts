/**
 * Clients that connect all the time, in the network namespace it is started in, and who looks at that namespace's table of
 * IPVS. Times are those of the kernel's monotonic clock, in milliseconds: all processes of a machine share them.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { serve } from './json-lines-service.ts';

/** One connection: when it was begun and when it was over, and who answered; null: nobody. */
export interface Connection {
  readonly beganMs: number;
  readonly endedMs: number;
  readonly name: string | null;
  /** Why nobody did. */
  readonly error: string;
}

type Place = readonly [address: string, port: number];

const ANSWER_MS = 5_000;
const LOOK_MS = 20;
const DEADLINE_MS = 30_000;

const nowMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const made = new Map<string, Connection[]>();
const held: Socket[] = [];
const looks = { total: 0, missing: 0 };
let isRunning = true;

function once(address: string, port: number): Promise<Connection> {
  const beganMs = nowMs();
  return new Promise((resolve) => {
    const socket = connect(port, address);
    const end = (name: string | null, error = ''): void => {
      clearTimeout(late);
      socket.destroy();
      resolve({ beganMs, endedMs: nowMs(), name, error });
    };
    const late = setTimeout(() => end(null, 'no answer'), ANSWER_MS);
    socket.once('data', (text) => end(String(text).trim()));
    socket.once('error', ({ message }) => end(null, message)).once('end', () => end(null, 'closed'));
  });
}

async function flow(address: string, port: number, pauseMs: number): Promise<void> {
  const list = made.get(`${address} ${port}`) ?? [];
  made.set(`${address} ${port}`, list);
  while (isRunning) {
    list.push(await once(address, port));
    await pause(pauseMs);
  }
}

/** As /proc/net/ip_vs writes an address and a port. */
function hexadecimal(address: string, port: number): string {
  const digits = (value: number, length: number): string =>
    value.toString(16).toUpperCase().padStart(length, '0');
  return `${address
    .split('.')
    .map((part) => digits(Number(part), 2))
    .join('')}:${digits(port, 4)}`;
}

/** What the real server weighs in the service; null: it is not there. */
function weightIn(service: string, server: string): number | null {
  const [, part = ''] = readFileSync('/proc/self/net/ip_vs', 'utf8').split(`${service} `);
  const [own = ''] = part.split(/\n(?:TCP|UDP|SCTP|FWM)/);
  const line = own.split('\n').find((one) => one.includes(`-> ${server} `));
  return line === undefined ? null : Number(line.trim().split(/ +/)[3]);
}

const methods = {
  /** From now on, one connection after the other for each of `clients`. */
  begin(address: string, port: number, clients: number, pauseMs: number): void {
    for (let at = 0; at < clients; at += 1) void flow(address, port, pauseMs);
  },

  /** Resolves when so many further connections have been begun and are over. */
  async more(address: string, port: number, count: number): Promise<void> {
    const list = made.get(`${address} ${port}`) ?? [];
    const [sinceMs, untilMs] = [nowMs(), nowMs() + DEADLINE_MS];
    while (list.slice(-count).filter(({ beganMs }) => beganMs > sinceMs).length < count) {
      if (nowMs() > untilMs) throw new Error('nobody connects');
      await pause(LOOK_MS);
    }
  },

  /** All connections since the begin. */
  async end(): Promise<Readonly<Record<string, readonly Connection[]>>> {
    isRunning = false;
    await pause(ANSWER_MS / 10);
    return Object.fromEntries(made);
  },

  /** Connections that stay; gives how many servers answered. */
  async hold(address: string, port: number, count: number): Promise<number> {
    const names = new Set<string>();
    for (let at = 0; at < count; at += 1) {
      const socket = connect(port, address).on('error', () => {});
      names.add(await wordOf(socket));
      held.push(socket);
    }
    return names.size;
  },

  /** Says something on each of them, and gives how many come back. */
  async say(text: string): Promise<number> {
    const answers = await Promise.all(
      held.map((socket) => {
        const word = wordOf(socket);
        socket.write(`${text}\n`);
        return word.catch(() => null);
      }),
    );
    return answers.filter((answer) => answer === text).length;
  },

  /** When the service has the real server no more, or has it again. `service`: `ADDRESS PORT`. */
  async settled([address, port]: Place, [server, serverPort]: Place, isThere: boolean): Promise<number> {
    const [one, other] = [hexadecimal(address, port), hexadecimal(server, serverPort)];
    const untilMs = nowMs() + DEADLINE_MS;
    while ((weightIn(one, other) !== null) !== isThere) {
      if (nowMs() > untilMs) throw new Error(`${server} of ${address} is not ${isThere ? 'there' : 'gone'}`);
      await pause(LOOK_MS);
    }
    return nowMs();
  },

  /** Looks again and again whether the service has all of these. */
  watch([address, port]: Place, servers: readonly Place[]): void {
    const service = hexadecimal(address, port);
    const names = servers.map((server) => hexadecimal(...server));
    const look = setInterval(() => {
      looks.total += 1;
      if (names.some((name) => weightIn(service, name) === null)) looks.missing += 1;
    }, LOOK_MS);
    look.unref();
  },

  /** What they saw, all together. */
  looks: () => looks,

  now: nowMs,
};

function wordOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no answer')), ANSWER_MS);
    socket.once('data', (text) => {
      clearTimeout(late);
      resolve(String(text).trim());
    });
    socket.once('close', () => reject(new Error('closed')));
  });
}

export type TrafficService = typeof methods;

serve(methods, () => process.exit());
