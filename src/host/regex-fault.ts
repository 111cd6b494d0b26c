/** Whether PCRE2 understands a regular expression. */
import { Regex } from '../../native/regex.ts';

/** `missing closing parenthesis at character 4`; null: nothing is wrong, or it cannot be found out here. */
export function regexFault(pattern: string, options: readonly string[]): string | null {
  try {
    new Regex(pattern, options);
    return null;
  } catch (error) {
    if (!(error instanceof Error) || !('offset' in error)) return null;
    return `${error.message} at character ${Number(error.offset) + 1}`;
  }
}
