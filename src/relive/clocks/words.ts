/** How two clocks stand to each other, in a sentence. */
import { formatDuration } from '../time.ts';
import type { ClockRelation } from './clock-fit.ts';

const milliseconds = (us: number): string => {
  const ms = Math.abs(us) / 1000;
  return ms >= 10_000 ? `${(ms / 1000).toFixed(3)} s` : `${ms.toFixed(3)} ms`;
};

const signed = (us: number): string => `${us < 0 ? '-' : '+'} ${milliseconds(us)}`;

/** `r2 = r1 + 3.412 ms +- 0.210 ms, drift 12 ppm`. */
export function relationInWords(relation: ClockRelation, reference: string, measured: string): string {
  const { kind, leastUs, mostUs } = relation;
  const proviso = provisoInWords(relation.assumed);
  switch (kind) {
    case 'one-clock':
      return `${measured} = ${reference}: one machine, one clock`;
    case 'two-sided': {
      const middleUs = (leastUs + mostUs) / 2;
      const error = milliseconds((mostUs - leastUs) / 2);
      return `${measured} = ${reference} ${signed(middleUs)} +- ${error}${driftInWords(relation)}${proviso}`;
    }
    case 'one-sided': {
      const [us, word] = Number.isFinite(mostUs) ? [mostUs, 'at most'] : [leastUs, 'at least'];
      const [speaker, listener] = Number.isFinite(mostUs) ? [measured, reference] : [reference, measured];
      const unheard = `nothing that ${speaker} sent is known to have been heard by ${listener}`;
      return `one-sided: ${measured} is ${word} ${reference} ${signed(us)} (${unheard})${proviso}`;
    }
    case 'unknown':
      return `${measured} and ${reference}: unknown, there is nothing that both journals saw; their times are taken as they are`;
  }
}

function provisoInWords(assumed: ClockRelation['assumed']): string {
  if (assumed === null) return '';
  if (assumed.kind === 'first-heard')
    return ', provided that not every first advert of a new master was lost';
  return `, provided that they agree within ${formatDuration(Math.floor(assumed.withinUs))}`;
}

/** A rate that is known no better than to be somewhere within the assumed limits is not said. */
function driftInWords({ leastPpm, mostPpm }: ClockRelation): string {
  const [middle, error] = [(leastPpm + mostPpm) / 2, (mostPpm - leastPpm) / 2];
  if (error > 50) return '';
  return `, drift ${middle.toFixed(0)} ppm +- ${Math.ceil(error)}`;
}
