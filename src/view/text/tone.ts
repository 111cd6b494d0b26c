/** Which of a few colours a state gets, so that chart, cards and timeline agree. */
export type Tone = 'good' | 'calm' | 'bad' | 'warn' | 'idle' | 'accent';

const TONES: Readonly<Record<string, Tone>> = {
  master: 'good',
  backup: 'calm',
  fault: 'bad',
  initialize: 'idle',
  incomplete: 'warn',
  stuck: 'warn',
  // BFD sessions.
  up: 'good',
  init: 'calm',
  down: 'bad',
  adminDown: 'warn',
  stopped: 'idle',
  // Checkers; real and virtual servers are up or down.
  passing: 'good',
  failing: 'bad',
  recovering: 'warn',
  untried: 'calm',
  drained: 'warn',
  maintenance: 'warn',
  ended: 'idle',
  ending: 'idle',
  // Agents.
  heard: 'good',
  unheard: 'bad',
  // Trackers.
  well: 'good',
  failed: 'bad',
  measured: 'good',
  pending: 'calm',
  // The table of IPVS.
  running: 'good',
};

/** @param state path of a state: `protocol.backup.listening`; the part nearest to the root that has a tone decides */
export function toneOf(state: string): Tone {
  for (const part of state.split('.')) {
    const tone = TONES[part];
    if (tone !== undefined) return tone;
  }
  return 'accent';
}

const WORST_FIRST: readonly Tone[] = ['bad', 'warn', 'idle', 'accent', 'calm', 'good'];

/** Each tone once, what an operator should see first in front. */
export function worstFirst(tones: readonly Tone[]): readonly Tone[] {
  return WORST_FIRST.filter((tone) => tones.includes(tone));
}
