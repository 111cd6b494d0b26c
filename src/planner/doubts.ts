/**
 * What cannot be found out here: what the kernel says, regular expressions (PCRE2), names that are no UTF-8. Code that asks for it goes on with
 * some answer, but nothing that it leads to is used.
 */
const doubts = new Set<string>();

export function doubt(about: string): void {
  doubts.add(about);
}

/** Null: there is none. */
export function firstDoubt(): string | null {
  const [first = null] = doubts;
  return first;
}
