import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { type Handover, receiveConfiguration } from './handover.ts';

const directory = temporaryDirectory('handover');
const CONDITIONS = [{ kind: 'absent', path: '/b' }] as const;
const HANDOVER: Handover = {
  consolidated: '#consolidated 1\n',
  files: [{ path: '/a', text: 'x\n' }],
  randomSeed: 5,
  conditions: () => CONDITIONS,
};
let count = 0;
let writer: number | null = null;

/** A pipe whose other end another process would have. */
function pipe(): { reader: number; writer: number } {
  const name = path.join(directory, `pipe${count++}`);
  execFileSync('mkfifo', [name]);
  const reader = fs.openSync(name, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  writer = fs.openSync(name, fs.constants.O_WRONLY);
  return { reader, writer };
}

function endOfWriter(): void {
  if (writer !== null) fs.closeSync(writer);
  writer = null;
}

afterEach(endOfWriter);

describe('the configuration for the background', () => {
  test('arrives as it was given', async () => {
    const { reader, writer } = pipe();
    fs.writeSync(writer, JSON.stringify({ ...HANDOVER, conditions: CONDITIONS }));
    const received = receiveConfiguration(reader);
    endOfWriter();
    const { conditions, ...rest } = await received;
    expect({ ...rest, conditions: conditions() }).toEqual({ ...HANDOVER, conditions: CONDITIONS });
  });

  test.each([
    ['nothing', ''],
    ['half of it', JSON.stringify(HANDOVER).slice(0, -1)],
    ['something else', '{"consolidated":1}'],
  ])('does not arrive if its giver dies after %s', async (_what, text) => {
    const { reader, writer } = pipe();
    fs.writeSync(writer, text);
    const received = receiveConfiguration(reader);
    endOfWriter();
    await expect(received).rejects.toThrow('the process that read it has ended');
  });

  test('does not arrive from a giver that hangs', async () => {
    const { reader } = pipe();
    await expect(receiveConfiguration(reader, 1)).rejects.toThrow('nothing more came');
  });
});
