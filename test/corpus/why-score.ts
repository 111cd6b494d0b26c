/**
 * Scores `relive why` by the corpus: a line for each incident, the share that is right, and failure below 24 of 25 or at
 * any confident wrong answer.
 *
 *   npm run why:score [-- -v] [NAME...]     -v: with each explanation
 */
import { parseArgs } from 'node:util';
import { explanationLines } from '../../src/relive/why/explain.ts';
import { INCIDENTS } from './incidents.ts';
import { type Scored, scoreIncident } from './score.ts';
import { isGoodEnough, shareOf } from './share.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { verbose: { type: 'boolean', short: 'v' } },
});

function tell({ incident, mark, answers }: Scored): void {
  const verdicts = answers.map(
    ({ question, explanation, mark: each, fault }) =>
      `${question.journals.join('+')}${question.at === undefined ? '' : `@${question.at}`}: ${explanation?.verdict ?? 'nothing'}${each === 'right' ? '' : ` (${each}: ${fault})`}`,
  );
  console.log(`${mark.padEnd(7)}${incident.name.padEnd(36)}${verdicts.join('; ')}`);
  if (values.verbose !== true) return;
  for (const { explanation } of answers)
    if (explanation !== null)
      console.log(
        explanationLines(explanation, true)
          .map((line) => `    ${line}`)
          .join('\n'),
      );
}

const asked = INCIDENTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const scored: Scored[] = [];
for (const incident of asked) {
  const one = scoreIncident(incident);
  scored.push(one);
  tell(one);
}
console.log(shareOf(scored));
process.exitCode = isGoodEnough(scored) ? 0 : 1;
