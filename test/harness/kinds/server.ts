/**
 * A mail server, a name server and two that answer datagrams, all of which do as a file says at that moment. Arguments:
 * the file, JSON with a mode for each of them; their ports follow from PORTS. Says `up` when all listen that are to.
 */
import { createSocket, type Socket as Datagrams, type RemoteInfo } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { type Modes, PORTS } from './modes.ts';

const [, , file = ''] = process.argv;
const modes = (): Modes => JSON.parse(readFileSync(file, 'utf8')) as Modes;

function mail(connection: Socket): void {
  connection.on('error', () => {});
  const mode = modes().smtp;
  if (mode === 'silent') return;
  if (mode === 'reset') {
    connection.resetAndDestroy();
    return;
  }
  if (mode === 'drip') {
    const timer = setInterval(() => connection.write('2'), 20);
    connection.on('close', () => clearInterval(timer));
    return;
  }
  if (mode === 'endless') {
    const more = (): void => {
      while (!connection.destroyed && connection.write(Buffer.alloc(65_536, 'x')));
    };
    connection.on('drain', more);
    more();
    return;
  }
  connection.write(mode === 'refuse' ? '554 no service\r\n' : '220 mail ready\r\n');
  connection.on('data', (said) => {
    if (said.toString().startsWith('QUIT')) connection.end('221 bye\r\n');
    else connection.write(mode === 'rude' ? '500 what\r\n' : '250 hello\r\n');
  });
}

/** The question is the answer, with other flags. */
function name(question: Buffer, { port, address }: RemoteInfo, socket: Datagrams): void {
  const mode = modes().dns;
  if (mode === 'silent' || question.length < 12) return;
  const answer = Buffer.concat([question, Buffer.from('c00cc00cc00c', 'hex')]);
  answer.writeUInt16BE(mode === 'unknown' ? 0x8183 : 0x8180, 2);
  if (mode === 'stranger') answer[0] = (answer[0] ?? 0) ^ 1;
  if (mode === 'query') answer.writeUInt16BE(0x0100, 2);
  socket.send(mode === 'short' ? answer.subarray(0, 11) : answer, port, address);
}

function echo(_datagram: Buffer, { port, address }: RemoteInfo, socket: Datagrams): void {
  const mode = modes().udp;
  if (mode === 'silent') return;
  const text = { wrong: 'NO', short: 'O', long: 'O'.repeat(20) }[mode as string] ?? 'OK it is';
  socket.send(text, port, address);
}

/** Of a server that listens. */
type Close = () => Promise<void>;

async function datagrams(
  port: number,
  answer: (datagram: Buffer, from: RemoteInfo, socket: Datagrams) => void,
): Promise<Close> {
  const socket = createSocket('udp4');
  socket.on('message', (datagram, from) => answer(datagram, from, socket));
  await new Promise<void>((resolve) => socket.bind(port, resolve));
  return () => new Promise((resolve) => socket.close(resolve));
}

async function connections(port: number, answer: (connection: Socket) => void): Promise<Close> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(port, resolve));
  return () =>
    new Promise((resolve) => {
      server.close();
      resolve();
    });
}

const SERVERS = {
  smtp: () => connections(PORTS.smtp, mail),
  dns: () => datagrams(PORTS.dns, name),
  udp: () => datagrams(PORTS.udp, echo),
  any: () => datagrams(PORTS.any, () => {}),
} satisfies Record<keyof Modes, () => Promise<Close>>;

/** Each is there, or not. */
async function attend(): Promise<void> {
  const wanted = modes();
  for (const [name, open] of Object.entries(SERVERS) as [keyof Modes, () => Promise<Close>][]) {
    const close = listening.get(name);
    const isWanted = wanted[name] !== 'closed';
    if (isWanted && close === undefined) listening.set(name, await open());
    if (!isWanted && close !== undefined) {
      listening.delete(name);
      await close();
    }
  }
}

const LOOK_MS = 20;
const listening = new Map<keyof Modes, Close>();
await attend();
console.log('up');
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  await attend();
}
