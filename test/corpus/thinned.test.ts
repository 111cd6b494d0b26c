/** What `relive why` answers from journals that are old and thinned: less, and nothing wrong. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listSegments, sealSegment } from '../../src/journal/directory.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { thinNow } from '../../src/journal/thinning.fixture.ts';
import type { Explanation, Verdict } from '../../src/relive/why/model.ts';
import { answer } from '../../src/relive/why/question.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import type { Question } from './incident.ts';
import { INCIDENTS } from './incidents.ts';
import { unpack } from './recording.ts';

/** They name no cause. */
const SAYS_LESS: readonly Verdict[] = ['unrecorded', 'peer-silent'];
/** Of all answers: runs are evidence, but the changes tell most. */
const LEAST_RIGHT = 0.85;

async function thin(journal: string): Promise<void> {
  for (const { file } of listSegments(journal, 'vrrp')) {
    sealSegment(journal, file);
    await thinNow(journal, file);
  }
}

function ask(question: Question, directory: string, atUs: number | null): Explanation | null {
  const readers = question.journals.map((host) => new JournalReader(join(directory, host)));
  try {
    const notMaster = question.notMaster === true;
    return answer(readers, { instance: question.about ?? null, atUs, notMaster });
  } finally {
    for (const reader of readers) reader.close();
  }
}

it('says less of a thinned history, and names no wrong cause', { timeout: 60_000 }, async () => {
  let right = 0;
  let answers = 0;
  for (const { name, questions } of INCIDENTS) {
    const directory = temporaryDirectory('thinned');
    try {
      const moments = unpack(name, directory);
      for (const host of readdirSync(directory)) await thin(join(directory, host));
      for (const question of questions) {
        const told = ask(question, directory, moments[question.at ?? 'end'] ?? null);
        const isRight = told !== null && question.right.includes(told.verdict);
        const allowed = [...question.right, ...(question.honest ?? []), ...SAYS_LESS];
        expect(allowed, `${name}, ${question.journals.join('+')}`).toContain(told?.verdict);
        answers += 1;
        if (isRight) right += 1;
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  expect(right / answers).toBeGreaterThan(LEAST_RIGHT);
});
