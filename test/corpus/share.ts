/** What a score is worth. */
import type { Scored } from './score.ts';

const LEAST_SHARE = 24 / 25;

const count = (scored: readonly Scored[], mark: Scored['mark']): number =>
  scored.filter((one) => one.mark === mark).length;

export function shareOf(scored: readonly Scored[]): string {
  const answers = scored.reduce((sum, one) => sum + one.answers.length, 0);
  return `${count(scored, 'right')} of ${scored.length} incidents right, ${count(scored, 'honest')} honest, ${count(scored, 'wrong')} wrong; ${answers} questions`;
}

/** No confident wrong answer, and nearly all are right. */
export function isGoodEnough(scored: readonly Scored[]): boolean {
  return (
    scored.length > 0 && count(scored, 'wrong') === 0 && count(scored, 'right') >= LEAST_SHARE * scored.length
  );
}
