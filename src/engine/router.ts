/** Who hears what: facts about shared things (an interface) reach every actor that depends on them. */
import type { ActorId } from './types.ts';

export class Router {
  readonly #subscribers = new Map<string, Set<ActorId>>();

  subscribe(topic: string, actor: ActorId): void {
    const known = this.#subscribers.get(topic);
    if (known === undefined) this.#subscribers.set(topic, new Set([actor]));
    else known.add(actor);
  }

  unsubscribe(actor: ActorId): void {
    for (const known of this.#subscribers.values()) known.delete(actor);
  }

  /** In order of subscription, so that a history repeats exactly. */
  subscribers(topic: string): readonly ActorId[] {
    return [...(this.#subscribers.get(topic) ?? [])];
  }
}
