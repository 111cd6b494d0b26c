/** One HTTP_GET or SSL_GET of one real server. */
import type { CheckerInput } from '../checker/checker.input.ts';
import type { HttpProbe } from './http-probe.ts';

export type HttpCheckerInput = Omit<CheckerInput, 'probe'> & { readonly probe: HttpProbe };
