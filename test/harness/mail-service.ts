/** A mail relay in the network namespace it is started in; every mail is pushed as it comes. Argument: port. */
import { serve } from './json-lines-service.ts';
import { startMailServer } from './mail-server.ts';

const relay = await startMailServer({ host: '127.0.0.1', port: Number(process.argv[2]) });

const methods = {
  /** Answers once the relay listens. */
  mails: () => relay.mails,
};

export type MailService = typeof methods;

serve(methods, () => void relay.close());
