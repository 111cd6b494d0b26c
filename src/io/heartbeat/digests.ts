/** Passwords and keys of instances, and what is computed with them. Nothing of them is ever told. */
import { isDeepStrictEqual } from 'node:util';
import type { AdvertDigests } from '../../engine/heartbeat/signer.ts';
import type { ActorId } from '../../engine/types.ts';
import { lateCrypto } from '../late-modules.ts';

export interface AdvertSecrets {
  /** Eight bytes; null without. */
  readonly password: Uint8Array | null;
  /** Keys of auth_hmac by their number. */
  readonly keys: ReadonlyMap<number, Uint8Array>;
}

export class SecretDigests implements AdvertDigests {
  #secrets: ReadonlyMap<ActorId, AdvertSecrets>;
  /** Those of actors that are about to end; their names may have others by then. */
  readonly #leaving = new Map<ActorId, AdvertSecrets | null>();

  constructor(secrets: ReadonlyMap<ActorId, AdvertSecrets>) {
    this.#secrets = secrets;
  }

  /**
   * After a reload: those who leave resign with what they had. Tell the heartbeat service, which has built packets with a
   * password.
   */
  replace(secrets: ReadonlyMap<ActorId, AdvertSecrets>, leaving: readonly ActorId[] = []): void {
    for (const actor of leaving) this.#leaving.set(actor, this.#of(actor));
    this.#secrets = secrets;
  }

  /** One that was leaving has ended. */
  forget(actor: ActorId): void {
    this.#leaving.delete(actor);
  }

  /** Those of these actors whose secrets a replacement would change. */
  changed(secrets: ReadonlyMap<ActorId, AdvertSecrets>, actors: readonly ActorId[]): ActorId[] {
    return actors.filter((actor) => !isSame(this.#of(actor), secrets.get(actor) ?? null));
  }

  password(actor: ActorId): Uint8Array | null {
    return this.#of(actor)?.password ?? null;
  }

  hmacMd5(actor: ActorId, input: Uint8Array): Uint8Array | null {
    const password = this.password(actor);
    return password === null ? null : lateCrypto().createHmac('md5', password).update(input).digest();
  }

  hmacSha256(actor: ActorId, keyId: number, input: Uint8Array): Uint8Array | null {
    const key = this.#of(actor)?.keys.get(keyId);
    return key === undefined ? null : lateCrypto().createHmac('sha256', key).update(input).digest();
  }

  #of(actor: ActorId): AdvertSecrets | null {
    const leaving = this.#leaving.get(actor);
    return leaving === undefined ? (this.#secrets.get(actor) ?? null) : leaving;
  }
}

function isSame(one: AdvertSecrets | null, other: AdvertSecrets | null): boolean {
  if (one === other) return true;
  const plain = (secrets: AdvertSecrets | null) => {
    const { password = null, keys = new Map<number, Uint8Array>() } = secrets ?? {};
    return [password, ...[...keys].sort(([a], [b]) => a - b)];
  };
  return isDeepStrictEqual(plain(one), plain(other));
}
