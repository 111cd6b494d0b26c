/**
 * What an agent on a server says of it, in HAProxy's protocol: one line of words between blanks and commas, in any order,
 * and a remark after `#`. What a line does not speak of stays as it was.
 */

export type AgentLine = {
  /** `down`, `fail` and `stopped` are all down; which of them it was is in the text. null: not said. */
  readonly passes: boolean | null;
  /** Share of the configured weight; null: not said. */
  readonly percent: number | null;
  readonly duty: 'ready' | 'drained' | 'maintenance' | null;
  /** Words without an effect: `maxconn:30`, and those that nobody knows. */
  readonly ignored: readonly string[];
};

/** More than a line has that makes sense. */
export const LONGEST_AGENT_LINE_BYTES = 1_024;
const LARGEST_PERCENT = 10_000;
const MOST_IGNORED = 8;

const PASSES: Readonly<Record<string, boolean>> = { up: true, down: false, fail: false, stopped: false };
const DUTIES: Readonly<Record<string, NonNullable<AgentLine['duty']>>> = {
  ready: 'ready',
  drain: 'drained',
  maint: 'maintenance',
};

/** Of words that contradict each other the last one counts. null: there is no word in it that says anything. */
export function parseAgentLine(line: string): AgentLine | null {
  const [said = ''] = line.split('#', 1);
  let passes: AgentLine['passes'] = null;
  let percent: AgentLine['percent'] = null;
  let duty: AgentLine['duty'] = null;
  const ignored: string[] = [];
  for (const given of said.split(/[\s,]+/)) {
    const word = given.toLowerCase();
    if (word === '') continue;
    if (Object.hasOwn(PASSES, word)) passes = PASSES[word] ?? null;
    else if (Object.hasOwn(DUTIES, word)) duty = DUTIES[word] ?? null;
    else if (/^\d{1,5}%$/.test(word)) percent = Math.min(Number.parseInt(word, 10), LARGEST_PERCENT);
    else if (ignored.length < MOST_IGNORED) ignored.push(given);
  }
  const isMute = passes === null && percent === null && duty === null;
  return isMute && !ignored.some((word) => /^maxconn:\d+$/i.test(word))
    ? null
    : { passes, percent, duty, ignored };
}

/** The first line of what has come, if it is whole: printable, without the blanks around it. */
export function agentLineOf(bytes: Uint8Array, isAll: boolean): string | null {
  const end = bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  if (end < 0 && !isAll) return null;
  const line = Array.from(end < 0 ? bytes : bytes.subarray(0, end), (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ' ',
  );
  return line.join('').trim();
}
