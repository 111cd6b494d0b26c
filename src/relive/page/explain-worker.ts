/** The thread that answers the page's questions: it reads journals for itself, so that a long answer delays no page. */
import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { JournalReader } from '../../journal/reader.ts';
import type { Question, Told } from '../../view/explain-api.ts';
import type { Witness } from '../why/model.ts';
import { explainRow } from './explain-row.ts';
import { whyNot } from './why-not.ts';
import { whyRow } from './why-row.ts';

/** An explanation may take a second of a processor: whoever wants to see the next row meanwhile comes first. */
const NICENESS = 10;

/** Of this thread alone, as Linux has it. Where it is nicer already, it may not and need not be changed. */
function stepBack(): void {
  if (getPriority() < NICENESS) setPriority(NICENESS);
}

const readers = new Map<string, JournalReader>();

function witnessesOf({ nodes }: Question): Witness[] {
  return nodes.flatMap(({ name, directory }) => {
    try {
      const reader = readers.get(directory) ?? new JournalReader(directory);
      readers.set(directory, reader);
      reader.refresh();
      return [{ name, reader }];
    } catch {
      // A node that has no history yet, or none any more.
      readers.delete(directory);
      return [];
    }
  });
}

function answer(question: Question): Told | null {
  const witnesses = witnessesOf(question);
  const own = witnesses.find(({ name }) => name === question.node);
  if (own === undefined) return null;
  const { actor, seq } = question;
  const ownFirst = [own, ...witnesses.filter((one) => one !== own)];
  if (question.kind === 'explain') return explainRow(own, actor, seq);
  if (question.kind === 'whynot') return whyNot(ownFirst, actor, seq, question.state);
  return whyRow(ownFirst, actor, seq);
}

stepBack();
parentPort?.on('message', ({ id, question }: { readonly id: number; readonly question: Question }) => {
  try {
    parentPort?.postMessage({ id, told: answer(question) });
  } catch (error) {
    parentPort?.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
