/** `relive why` against incidents whose causes are known: nearly all right, and never a confident wrong answer. */
import { expect, it } from 'vitest';
import { explanationLines, MAX_LINES } from '../../src/relive/why/explain.ts';
import { INCIDENTS } from './incidents.ts';
import { recordings } from './recording.ts';
import { type Scored, scoreIncident } from './score.ts';
import { SCRIPTS } from './scripts.ts';
import { isGoodEnough, shareOf } from './share.ts';

function faultsOf({ incident, answers }: Scored): string[] {
  return answers.flatMap(({ question, mark, explanation, fault }) =>
    mark === 'right'
      ? []
      : `${incident.name}, ${question.journals.join('+')}: ${explanation?.verdict ?? 'nothing'}: ${fault}`,
  );
}

it('every incident has a script, a recording and questions', () => {
  const names = INCIDENTS.map(({ name }) => name).sort();
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(SCRIPTS).sort()).toEqual(names);
  expect(recordings().sort()).toEqual(names);
  expect(names.length).toBeGreaterThanOrEqual(25);
  expect(INCIDENTS.filter(({ questions }) => questions.length === 0)).toEqual([]);
});

it('names the cause of at least 24 of 25 incidents, and a wrong one of none, in 25 lines', () => {
  const scored = INCIDENTS.map(scoreIncident);
  const explanations = scored.flatMap(({ answers }) =>
    answers.flatMap(({ explanation }) => explanation ?? []),
  );
  for (const explanation of explanations)
    expect(explanationLines(explanation, true).length).toBeLessThanOrEqual(MAX_LINES);
  expect(isGoodEnough(scored), [shareOf(scored), ...scored.flatMap(faultsOf)].join('\n')).toBe(true);
});

it('a score with one wrong answer, or with too few right ones, is not good enough', () => {
  const one = (mark: Scored['mark']): Scored => ({
    ...{ incident: { name: '', story: '', questions: [] }, answers: [] },
    mark,
  });
  const right = Array.from({ length: 49 }, () => one('right'));
  expect(isGoodEnough([...right, one('honest')])).toBe(true);
  expect(isGoodEnough([...right, one('wrong')])).toBe(false);
  expect(isGoodEnough([...right, one('honest'), one('honest'), one('honest')])).toBe(false);
  expect(isGoodEnough([])).toBe(false);
});
