/**
 * Real servers of a benchmark, all in one process of the namespace it is started in: every loopback address answers on
 * port 80. `http` answers each request with the same short page and ends the connection, as HTTP/1.0 does. Spoken to in
 * JSON lines, it tells when they were asked; without, it merely answers until it is killed.
 *
 *   servers.ts tcp|http
 */
import { createServer } from 'node:net';
import { serve } from '../../harness/json-lines-service.ts';

const PORT = 80;
const BACKLOG = 4_096;
const BODY = 'all is well\n';
const PAGE = `HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

const speaksHttp = process.argv[2] === 'http';

/** What has come since the last report. */
export interface Arrivals {
  readonly count: number;
  /** Servers that were asked at all. */
  readonly servers: number;
  /** Between two checks of the same server, in milliseconds, in ascending order. */
  readonly gapsMs: readonly number[];
}

/** When each server was asked last, in milliseconds. */
const lastMs = new Map<string, number>();
let gapsMs: number[] = [];
let count = 0;

createServer({ allowHalfOpen: false }, (connection) => {
  const nowMs = performance.now();
  const address = connection.localAddress ?? '';
  const beforeMs = lastMs.get(address);
  if (beforeMs !== undefined) gapsMs.push(nowMs - beforeMs);
  lastMs.set(address, nowMs);
  count += 1;
  connection.on('error', () => connection.destroy());
  if (speaksHttp) connection.once('data', () => connection.end(PAGE));
  else connection.destroy();
}).listen({ port: PORT, host: '0.0.0.0', backlog: BACKLOG });

const methods = {
  /** And forgets it, but not when each server was asked last. */
  report(): Arrivals {
    const report = { count, servers: lastMs.size, gapsMs: gapsMs.sort((a, b) => a - b) };
    [count, gapsMs] = [0, []];
    return report;
  },
  /** Servers of another program's run are asked for the first time again. */
  forget(): void {
    lastMs.clear();
    methods.report();
  },
};

export type ServersMethods = typeof methods;

serve(methods, () => {});
