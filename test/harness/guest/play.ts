/**
 * Runs in the guest: `play.ts MODULE STORY FILE ARGUMENT` calls a story, an exported function, with the argument (JSON) and
 * writes what it gives into the file as JSON. Without a story it does no more than load, so that Node keeps what it has compiled.
 */
import { writeFileSync } from 'node:fs';

const [, , module = '', name, file = '', argument = 'null'] = process.argv;
const stories: Record<string, unknown> = await import(module);
if (name !== undefined) {
  const story = stories[name];
  if (typeof story !== 'function') throw new Error(`${module} has no story ${name}`);
  writeFileSync(file, JSON.stringify(await story(JSON.parse(argument))));
}
// What a story has left running would keep this process.
process.exit();
