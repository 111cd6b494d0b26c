/**
 * Plays incidents on real kernels and keeps what their routers wrote down. Needs root.
 *
 *   npm run corpus:record [-- NAME...]     default: all
 */
import { SCRIPTS } from './scripts.ts';
import { Stage } from './stage.ts';

/** At a time: routers that wait for a processor would have other stories to tell. */
const LANES = 2;

async function record(name: string): Promise<void> {
  const script = SCRIPTS[name];
  if (script === undefined)
    throw new Error(`no incident ${name}; there are ${Object.keys(SCRIPTS).join(', ')}`);
  const began = performance.now();
  const stage = await Stage.create(script.hosts);
  try {
    await script.play(stage);
    const bytes = await stage.end(name);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${name.padEnd(30)} ${(bytes / 1000).toFixed(1).padStart(6)} KB  ${seconds} s`);
  } finally {
    await stage.destroy();
  }
}

const asked = process.argv.slice(2);
const waiting = asked.length > 0 ? asked : Object.keys(SCRIPTS);
const failed: string[] = [];

async function lane(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    await record(name).catch((error: Error) => {
      failed.push(name);
      console.error(`${name}: ${error.message}`);
    });
  }
}

await Promise.all(Array.from({ length: LANES }, lane));
if (failed.length > 0) console.error(`not recorded: ${failed.join(', ')}`);
process.exit(failed.length > 0 ? 1 : 0);
