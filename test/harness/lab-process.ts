/** A lab in a process of its own, so that a test can kill it: `node lab-process.ts BASE ID`. Its routers are keepalived. */
import { runLab } from '../../src/lab/lab.ts';
import { keepalived } from '../../src/lab/routers.ts';
import { servePageForTest } from './lab-page.ts';

const [base, id] = process.argv.slice(2);
if (base === undefined || id === undefined) throw new Error('usage: lab-process.ts BASE ID');
const ending = new AbortController();
process.on('SIGTERM', () => ending.abort());
await runLab({
  base,
  id,
  signal: ending.signal,
  print: (line) => process.stdout.write(`${line}\n`),
  programs: { r1: keepalived, r2: keepalived },
  page: servePageForTest,
});
