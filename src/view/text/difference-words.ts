/** Where two lives part, in words. */
import type { Difference } from '../api.ts';

function does({ state, seq }: Difference['recorded']): string {
  if (seq === null) return state === '' ? 'has none yet' : `stays ${state}`;
  return state === 'gone' ? 'ends' : `goes to ${state}`;
}

/** `VI_1 on r1: here the recorded run stays master, the what-if goes to fault` */
export function differenceWords({ node, actor, recorded, whatIf }: Difference): string {
  const name = actor.slice(actor.indexOf('/') + 1);
  return `${name} on ${node}: here the recorded run ${does(recorded)}, the what-if ${does(whatIf)}`;
}
