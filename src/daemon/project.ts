import { fileURLToPath } from 'node:url';

/** Directory of the project: the same from the sources and from the bundle. */
export const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
