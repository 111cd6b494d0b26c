/** What the configuration of an actor tells of others: whom it leads, and the addresses that it holds. */
import type { Json, JsonObject } from '../protocol/json.ts';

export interface Told {
  /** Members of a group, followers of a tracker. */
  readonly relations: readonly string[];
  /** Held while it is master. */
  readonly addresses: readonly string[];
}

const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** Texts in a list, or under this name in the objects of a list. */
function texts(value: Json | undefined, name: string): string[] {
  const found = list(value).map((item) =>
    item !== null && typeof item === 'object' ? (item as JsonObject)[name] : item,
  );
  return found.filter((text) => typeof text === 'string');
}

export function toldBy(input: JsonObject): Told {
  return {
    relations: [...texts(input.members, 'actor'), ...texts(input.followers, 'actor')],
    addresses: [...texts(input.addresses, 'address'), ...texts(input.excludedAddresses, 'address')],
  };
}
