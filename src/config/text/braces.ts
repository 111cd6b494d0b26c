/** Brace alternatives of include patterns: `a{b,c}` is `ab` and `ac`. */

/** A pattern may stand for at most this many; what is beyond is left out. */
export const MAX_ALTERNATIVES = 256;

const MAX_BRACES = 32;

/**
 * All alternatives in order, nested ones included. A brace that is never closed is an ordinary character, as are all
 * braces of a pattern that has more than 32 of them.
 */
export function expandBraces(pattern: string): string[] {
  if (pattern.split('{').length - 1 > MAX_BRACES) return [pattern];
  let expanded = [pattern];
  for (let step = 0; step < MAX_BRACES && expanded.length < MAX_ALTERNATIVES; step++) {
    const next = expanded.flatMap(expandFirst);
    if (next.length === expanded.length) break;
    expanded = next;
  }
  return expanded.slice(0, MAX_ALTERNATIVES);
}

/** Expands the first group that has alternatives; the pattern alone if there is none. */
function expandFirst(pattern: string): string[] {
  for (let start = pattern.indexOf('{'); start >= 0; start = pattern.indexOf('{', start + 1)) {
    const group = splitGroup(pattern, start);
    if (group === null || group.parts.length < 2) continue;
    const before = pattern.slice(0, start);
    const after = pattern.slice(group.end + 1);
    return group.parts.map((part) => before + part + after);
  }
  return [pattern];
}

function splitGroup(pattern: string, start: number): { parts: string[]; end: number } | null {
  const parts: string[] = [];
  let depth = 0;
  let partStart = start + 1;
  for (let index = start; index < pattern.length; index++) {
    const character = pattern[index];
    if (character === '{') depth++;
    else if (character === ',' && depth === 1) {
      parts.push(pattern.slice(partStart, index));
      partStart = index + 1;
    } else if (character === '}' && --depth === 0) {
      parts.push(pattern.slice(partStart, index));
      return { parts, end: index };
    }
  }
  return null;
}
