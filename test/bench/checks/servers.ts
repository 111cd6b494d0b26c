/**
 * Real servers of a benchmark, all in one process of the namespace it is started in: every loopback address answers on
 * port 80. `http` answers each request with the same short page and ends the connection, as HTTP/1.0 does.
 *
 *   servers.ts tcp|http
 */
import { createServer } from 'node:net';

const PORT = 80;
const BACKLOG = 4_096;
const BODY = 'all is well\n';
const PAGE = `HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

const speaksHttp = process.argv[2] === 'http';

createServer({ allowHalfOpen: false }, (connection) => {
  connection.on('error', () => connection.destroy());
  if (speaksHttp) connection.once('data', () => connection.end(PAGE));
  else connection.destroy();
}).listen({ port: PORT, host: '0.0.0.0', backlog: BACKLOG });
