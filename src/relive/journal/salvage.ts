/** `relive journal salvage`: a journal that can be read, of one that is damaged. */

import { checkIntegrity } from '../../journal/integrity.ts';
import { JournalReader } from '../../journal/reader.ts';
import { type SalvagedSegment, salvage } from '../../journal/salvage.ts';
import { CliError, EXIT, type OutputOptions, print, talk } from '../cli.ts';
import { coloured, table } from '../output.ts';

export function runSalvage(directory: string, into: string, { output }: OutputOptions): void {
  const done: SalvagedSegment[] = [];
  try {
    for (const segment of salvage(directory, into, 'vrrp')) {
      done.push(segment);
      if (output === 'jsonl') print(JSON.stringify(segment));
    }
  } catch (error) {
    throw new CliError(EXIT.error, error instanceof Error ? error.message : String(error));
  }
  const saved = done.filter(({ result }) => result !== 'none');
  if (saved.length === 0)
    throw new CliError(EXIT.nothingFound, `${directory}: no segment that could be read`);
  if (output === 'json') print(JSON.stringify(done, null, 2));
  if (output === 'table') for (const line of table(done.map(cellsOf))) print(line);
  judge(into);
}

function cellsOf({ segment, result, rows, runs, lostRows, lostRuns, reason }: SalvagedSegment): string[] {
  if (result === 'none') return [segment, coloured('red', 'nothing saved'), reason ?? ''];
  const saved = `${rows} rows, ${runs} runs`;
  if (result === 'copied') return [segment, coloured('green', 'whole'), saved];
  return [segment, coloured('yellow', 'salvaged'), saved, `${lostRows} rows and ${lostRuns} runs are lost`];
}

/** The new directory must be better than the old one. */
function judge(into: string): void {
  const reader = new JournalReader(into);
  try {
    const { findings } = checkIntegrity(reader.segmentFiles());
    if (findings.length === 0) talk(`${into}: digests and hash chain are right`);
    for (const { segment, text } of findings.slice(0, 10)) talk(`${into}: ${segment}: ${text}`);
    if (findings.length > 0) process.exitCode = EXIT.damaged;
  } finally {
    reader.close();
  }
}
