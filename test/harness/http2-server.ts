/**
 * Child process: three servers of HTTP/2 on one machine, a page in clear, one by TLS and the health of gRPC. A file says how
 * they are, a word for each; it is read anew for each request, and for the certificate of each handshake.
 */
import { readFileSync } from 'node:fs';
import { createSecureServer, createServer, type ServerHttp2Stream } from 'node:http2';
import { createSecureContext } from 'node:tls';

/** `bad`: another page, or NOT_SERVING. Of the certificate: `good`, `expired` or `ending`. */
export interface Mood {
  readonly clear: 'good' | 'bad';
  readonly tls: 'good' | 'expired' | 'ending';
  readonly grpc: 'good' | 'bad';
}

export const PORTS = { clear: 8082, tls: 8443, grpc: 50051 } as const;

const [moodFile = '', directory = ''] = process.argv.slice(2);
const mood = (): Mood => JSON.parse(readFileSync(moodFile, 'utf8')) as Mood;

function page(isGood: () => boolean): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200 });
    stream.end(isGood() ? 'it is OK' : 'it is KO');
  };
}

function health(stream: ServerHttp2Stream): void {
  stream.on('error', () => {});
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.from(mood().grpc === 'good' ? '00000000020801' : '00000000020802', 'hex'));
}

function contextOf(name: string) {
  const [key, cert] = ['key', 'crt'].map((ending) => readFileSync(`${directory}/${name}.${ending}`));
  return createSecureContext({ key, cert });
}

/** Not where this file is imported for its words. */
if (moodFile !== '') {
  const clear = createServer();
  clear.on(
    'stream',
    page(() => mood().clear === 'good'),
  );
  const tls = createSecureServer({
    SNICallback: (_name, done) => done(null, contextOf(mood().tls)),
  });
  tls.on(
    'stream',
    page(() => true),
  );
  tls.on('tlsClientError', () => {});
  const grpc = createServer();
  grpc.on('stream', health);
  const servers = [clear.listen(PORTS.clear), tls.listen(PORTS.tls), grpc.listen(PORTS.grpc)];
  let waiting = servers.length;
  for (const server of servers) {
    server.on('session', (session) => session.on('error', () => {}));
    server.once('listening', () => {
      waiting -= 1;
      if (waiting === 0) process.stdout.write('up\n');
    });
  }
}
