/** Secrets of a configuration, which no journal has. They are computed with, and stand where adverts have them. */
import { advertSecrets } from '../../daemon/advert-secrets.ts';
import { type AdvertDigests, NO_DIGESTS } from '../../engine/heartbeat/signer.ts';
import { SecretDigests } from '../../io/heartbeat/digests.ts';
import { CliError, EXIT } from '../cli.ts';
import { Inputs } from '../config/input.ts';

/** Without a configuration, with none. @throws CliError if it cannot be used */
export function digestsOf(configFile: string | null): AdvertDigests {
  if (configFile === null) return NO_DIGESTS;
  const { config } = new Inputs({ host: false, configId: [] }).read(configFile);
  if (config !== null) return new SecretDigests(advertSecrets(config));
  throw new CliError(EXIT.error, `${configFile}: relive config lint says what is wrong with it`);
}
