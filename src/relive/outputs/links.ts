/** When interfaces had no carrier, as rows of instances tell it. */
import type { StoredRow } from '../../journal/model.ts';
import type { JsonObject } from '../../protocol/json.ts';

interface Outage {
  readonly fromUs: number;
  toUs: number;
}

export class LinkBook {
  readonly #outages = new Map<string, Outage[]>();
  /** Interface of an instance's adverts. */
  readonly #own = new Map<string, string>();

  row({ actor, event, effects, monoUs }: StoredRow): void {
    for (const { type, params } of effects)
      if (type === 'openHeartbeat') this.#own.set(actor, String((params.identity as JsonObject).interface));
    if (event.type !== 'link.down' && event.type !== 'link.up') return;
    const name = typeof event.interface === 'string' ? event.interface : this.#own.get(actor);
    if (name === undefined) return;
    const outages = this.#outages.get(name) ?? [];
    this.#outages.set(name, outages);
    const last = outages.at(-1);
    const isOpen = last?.toUs === Number.POSITIVE_INFINITY;
    // Several instances hear of it one after the other.
    if (event.type === 'link.down' && !isOpen)
      outages.push({ fromUs: monoUs, toUs: Number.POSITIVE_INFINITY });
    else if (event.type === 'link.up' && last !== undefined && isOpen) last.toUs = monoUs;
  }

  isDown(name: string, atUs: number): boolean {
    return (this.#outages.get(name) ?? []).some(({ fromUs, toUs }) => fromUs <= atUs && atUs <= toUs);
  }
}
