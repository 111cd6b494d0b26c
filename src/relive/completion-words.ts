/** Words that only a journal knows, for completion: quickly, and silently where there is none. */
import { actorName } from './words.ts';

/** A shell shows no more. */
const MOST_NAMES = 500;

/** Directories after -j or --journal among the words typed so far. */
export function journalsTyped(words: readonly string[]): readonly string[] {
  return words.flatMap((word, at) => {
    const isNamed = words[at - 1] === '-j' || words[at - 1] === '--journal';
    if (isNamed) return [word];
    return word.startsWith('--journal=') ? [word.slice('--journal='.length)] : [];
  });
}

/** Names of VRRP instances. */
export async function instanceNames(words: readonly string[]): Promise<readonly string[]> {
  const { journalDirectories } = await import('./journals.ts');
  const { JournalReader } = await import('../journal/reader.ts');
  const names = new Set<string>();
  for (const directory of await journalDirectories({ journal: journalsTyped(words) })) {
    try {
      const reader = new JournalReader(directory);
      for (const actor of reader.actors())
        if (actor.startsWith('vrrp/') && names.size < MOST_NAMES) names.add(actorName(actor));
      reader.close();
    } catch {
      // A journal that cannot be read has no names to offer; the command itself will say why.
    }
  }
  return [...names].sort();
}
