/** Name servers that answer nonsense, on this machine. */
import { createSocket, type Socket } from 'node:dgram';
import { afterEach, expect, it } from 'vitest';
import { createResolve } from './name-resolver.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** `answer`: what stands behind the header and the question, and how many records that is. */
async function resolved(answer: (question: Buffer) => { readonly records: Buffer; readonly count: number }) {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.on('message', (question, peer) => {
    const { records, count } = answer(question);
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8580, 2);
    head.writeUInt16BE(count, 6);
    head.fill(0, 8, 12);
    const asked = question.subarray(12, question.indexOf(0, 12) + 5);
    socket.send(Buffer.concat([head, asked, records]), peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const resolve = createResolve([{ address: '127.0.0.1', port: socket.address().port }]);
  return resolve({ host: 'web.example.com', family: 'inet' });
}

/** A record of a name (in bytes), a type, the class IN, 60 s and its data. */
function record(name: Buffer, type: number, data: Buffer): Buffer {
  const rest = Buffer.alloc(10);
  rest.writeUInt16BE(type, 0);
  rest.writeUInt16BE(1, 2);
  rest.writeUInt32BE(60, 4);
  rest.writeUInt16BE(data.length, 8);
  return Buffer.concat([name, rest, data]);
}

const ASKED = Buffer.from([0xc0, 12]);
const [A, CNAME] = [1, 5];
/** Where the answers begin: behind a header, a name of 17 bytes, its type and class. */
const BEGIN = 12 + 17 + 4;
const ITSELF = Buffer.from([0xc0, BEGIN]);

it('an address is an address', async () => {
  const records = record(ASKED, A, Buffer.from([192, 0, 2, 7]));
  expect(await resolved(() => ({ records, count: 1 }))).toEqual({
    ...{ kind: 'found', addresses: ['192.0.2.7'], ttlUs: 60_000_000 },
  });
});

it.each([
  ['a name that points to itself', record(ITSELF, A, Buffer.from([192, 0, 2, 7])), 1],
  ['a name that is another name of itself', record(ASKED, CNAME, ASKED), 1],
  ['data that are no address', record(ASKED, A, Buffer.from([1, 2])), 1],
  ['records that it does not have', Buffer.alloc(0), 65_535],
  ['garbage', Buffer.from('ff'.repeat(200), 'hex'), 7],
])(
  '%s is no address, and is given up',
  async (_, records, count) => {
    const begunMs = performance.now();
    const answer = await resolved(() => ({ records, count }));
    expect(answer.kind === 'found' ? answer.addresses : []).toEqual([]);
    expect(performance.now() - begunMs).toBeLessThan(15_000);
  },
  20_000,
);
