/** Finding the few lines that make a difference. */

/**
 * The text with as many lines dropped as possible while `holds` stays true: halves first, single lines last.
 * @param budget calls of `holds` at most
 */
export async function shrink(
  text: string,
  holds: (text: string) => Promise<boolean>,
  budget = 400,
): Promise<string> {
  let lines = text.split('\n').filter((line) => line.trim() !== '');
  if (!(await holds(join(lines)))) return text;
  let left = budget;
  for (let size = Math.ceil(lines.length / 2); size >= 1; ) {
    let dropped = false;
    for (let start = 0; start < lines.length && left > 0; left--) {
      const fewer = [...lines.slice(0, start), ...lines.slice(start + size)];
      if (await holds(join(fewer))) {
        lines = fewer;
        dropped = true;
      } else start += size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!dropped || left <= 0) break;
  }
  return join(lines);
}

function join(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
