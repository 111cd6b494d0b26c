/**
 * Child process: serves what a file says, on one port, in clear or by TLS, and writes down each request. The file maps a path
 * to an answer, byte by byte; it is read anew for each request.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Answer } from './answers.ts';

const [answersFile = '', requestsFile = '', port = '', keyFile, certificateFile] = process.argv.slice(2);

function answerTo(path: string): Answer {
  const answers = JSON.parse(readFileSync(answersFile, 'utf8')) as Readonly<Record<string, Answer>>;
  return answers[path] ?? { kind: 'send', text: 'HTTP/1.1 404 Not Found\r\n\r\n' };
}

function serve(connection: Socket | TLSSocket): void {
  connection.on('error', () => {});
  connection.once('data', (bytes) => {
    const request = bytes.toString('latin1');
    const servername = 'servername' in connection ? connection.servername : null;
    appendFileSync(requestsFile, `${JSON.stringify({ request, servername })}\n`);
    const answer = answerTo(request.split(' ')[1] ?? '');
    if (answer.kind === 'send') connection.end(Buffer.from(answer.text, 'latin1'));
    if (answer.kind === 'reset') connection.resetAndDestroy();
  });
}

const server =
  keyFile === undefined || certificateFile === undefined
    ? createServer(serve)
    : createTlsServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) }, serve);
server.on('tlsClientError', () => {});
server.listen(Number(port), () => process.stdout.write('up\n'));
